using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// The client-owned part of a message as it is stored: a <c>Message</c> with <c>to</c>, <c>timestamp</c>,
/// <c>payload</c>, <c>encryption_type</c>, <c>encrypted</c> and <c>signature</c> as they were sent, and nothing else.
/// </summary>
internal static class MessageBody
{
    /// <summary>Copies field by field, so that nothing unknown passes the limits into the store.</summary>
    public static byte[] Write(Message message) => new Message
    {
        To = new Identity { User = message.To.User, Device = message.To.Device },
        Timestamp = message.Timestamp,
        Payload = message.Payload,
        EncryptionType = message.EncryptionType,
        Encrypted = message.Encrypted,
        Signature = message.Signature,
    }.ToByteArray();

    public static Message Read(ReadOnlyMemory<byte> body) => Message.Parser.ParseFrom(body.Span);
}
