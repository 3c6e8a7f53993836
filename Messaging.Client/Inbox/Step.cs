namespace Messaging.Client.Inbox;

/// <summary>What an entry is to the position.</summary>
internal enum Step
{
    /// <summary>Next in line, seen for the first time.</summary>
    New,

    /// <summary>Next in line, and this device has already learnt what it says, by an answer or in another epoch.</summary>
    Own,

    /// <summary>Already had, on this stream or an earlier one.</summary>
    Known,

    /// <summary>Entries before it are missing.</summary>
    Gap,

    /// <summary>Comes while missing ones are asked for again, and will come again itself.</summary>
    Passed,
}
