using Messaging.V1;

namespace Messaging.Client.Connection;

/// <summary>Frames as the application sees them.</summary>
internal static class FromWire
{
    public static ReceivedMessage Message(Message message) => new()
    {
        Id = message.Id,
        From = Identity(message.From),
        To = Identity(message.To),
        Role = message.SignalType switch
        {
            SignalType.Sender => MessageRole.Sender,
            SignalType.Device => MessageRole.Device,
            _ => MessageRole.Receiver,
        },
        UserOffset = message.UserOffset,
        SignalOffset = message.SignalOffset,
        Timestamp = EpochTime.Read(message.Timestamp),
        Payload = message.Payload.Memory,
        EncryptionType = message.EncryptionType,
        Encrypted = message.Encrypted,
        Signature = message.Signature,
        IsLive = message.SignalRequest == SignalRequest.Push,
    };

    /// <summary>Null where a later protocol says something that this client does not know.</summary>
    public static Receipt? Receipt(Signal signal, string self)
    {
        ReceiptKind? kind = signal switch
        {
            { Type: SignalKind.Error } => ReceiptKind.Unusable,
            // Protocol §5: the reader's own entry comes as DEVICE, or as SENDER to the device that read.
            _ when signal.From.User == self => ReceiptKind.ReadByMe,
            { Status: SignalStatus.Played } => ReceiptKind.Played,
            { SignalAckState.Read: true } => ReceiptKind.Read,
            { SignalAckState.Received: true } => ReceiptKind.Received,
            _ => null,
        };
        return kind is null
            ? null
            : new Receipt
            {
                Kind = kind.Value,
                Peer = signal.From.User == self ? signal.To?.User ?? self : signal.From.User,
                From = Identity(signal.From),
                MessageId = signal.Id,
                UserOffset = signal.UserOffset,
                Timestamp = EpochTime.Read(signal.Timestamp),
                Error = signal.HasError ? signal.Error : null,
            };
    }

    public static Awareness Awareness(Signal signal) => new()
    {
        From = Identity(signal.From),
        To = Identity(signal.To),
        Status = (AwarenessStatus)signal.Status,
        AboutId = signal.Id.Length > 0 ? signal.Id : null,
        Timestamp = EpochTime.Read(signal.Timestamp),
    };

    private static Identity Identity(V1.Identity? identity) => new(identity?.User ?? "", identity?.Device ?? "");
}
