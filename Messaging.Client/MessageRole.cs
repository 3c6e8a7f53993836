namespace Messaging.Client;

/// <summary>In which role this device gets a message (protocol §3).</summary>
public enum MessageRole
{
    /// <summary>Sent by this device, before this client was made: the earlier one may not have learnt of it.</summary>
    Sender,

    /// <summary>Sent by another device of the same user.</summary>
    Device,

    /// <summary>Sent to this user.</summary>
    Receiver,
}
