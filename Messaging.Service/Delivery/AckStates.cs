using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// The flags that go down. One instance of each is in every frame that needs it, on any thread: nobody changes them.
/// </summary>
internal static class AckStates
{
    /// <summary>In answers the named flag alone is set (protocol §5).</summary>
    public static readonly SignalAckState Send = new() { Send = true };

    /// <inheritdoc cref="Send"/>
    public static readonly SignalAckState Received = new() { Received = true };

    /// <inheritdoc cref="Send"/>
    public static readonly SignalAckState Read = new() { Read = true };

    private static readonly SignalAckState UpToReceived = new() { Send = true, Received = true };
    private static readonly SignalAckState UpToRead = new() { Send = true, Received = true, Read = true };

    /// <summary>In entries the flags add up: a message that was read was received and sent (protocol §6).</summary>
    public static SignalAckState UpTo(MessageState state) => state switch
    {
        >= MessageState.Read => UpToRead,
        MessageState.Received => UpToReceived,
        _ => Send,
    };
}
