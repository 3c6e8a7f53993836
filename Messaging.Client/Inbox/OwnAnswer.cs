namespace Messaging.Client.Inbox;

/// <summary>What the answer to something this device sent says about that entry of its queue (protocol §4).</summary>
internal enum OwnAnswer
{
    /// <summary>The first answer: it is the delivery of the entry.</summary>
    Delivery,

    /// <summary>Perhaps the answer to a repeat: the entry may still come, and the next frame may skip it.</summary>
    InDoubt,
}
