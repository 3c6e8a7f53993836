namespace Messaging.Client.Inbox;

/// <summary>What a stream's epoch is to the one before (protocol §2).</summary>
internal enum EpochStep
{
    /// <summary>The first that this device sees.</summary>
    First,

    /// <summary>The same.</summary>
    Same,

    /// <summary>Another ledger: no offset seen before holds any more.</summary>
    Other,
}
