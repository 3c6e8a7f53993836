namespace Messaging.Service.Sync;

/// <summary>What a stream still does before it ends; a later kind overrules an earlier one.</summary>
internal enum EndingManner
{
    /// <summary>Answers what it has taken, and sends what the window lets go.</summary>
    Served,

    /// <summary>Answers what it has taken.</summary>
    Answered,

    /// <summary>Nothing.</summary>
    AtOnce,
}
