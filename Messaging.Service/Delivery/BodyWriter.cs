using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>Makes the stored form of messages, which <see cref="MessageBody"/> reads. Used by one thread at a time.</summary>
internal sealed class BodyWriter
{
    private Message? _body; // of a device that has sent something

    /// <summary>Copies field by field, so that nothing unknown passes the limits into the store.</summary>
    public byte[] Write(Message message)
    {
        _body ??= new Message { To = new Identity() };
        (_body.To.User, _body.To.Device) = (message.To.User, message.To.Device);
        _body.Timestamp = message.Timestamp;
        _body.Payload = message.Payload;
        _body.EncryptionType = message.EncryptionType;
        _body.Encrypted = message.Encrypted;
        _body.Signature = message.Signature;
        var bytes = new byte[_body.CalculateSize()];
        _body.WriteTo(bytes.AsSpan());

        // What is large does not outlast its message.
        (_body.Payload, _body.Encrypted, _body.Signature) = (ByteString.Empty, "", "");
        return bytes;
    }
}
