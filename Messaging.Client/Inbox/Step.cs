namespace Messaging.Client.Inbox;

/// <summary>What an entry is to the position.</summary>
internal enum Step
{
    /// <summary>Next in line, seen for the first time.</summary>
    New,

    /// <summary>Next in line, and the answer to it has already told this device what it says.</summary>
    Own,

    /// <summary>Already had, on this stream or an earlier one.</summary>
    Known,

    /// <summary>Entries before it are missing.</summary>
    Gap,
}
