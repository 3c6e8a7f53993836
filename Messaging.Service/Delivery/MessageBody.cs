using System.Text;
using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// The client-owned part of a message as it is stored: a <c>Message</c> with <c>to</c>, <c>timestamp</c>,
/// <c>payload</c>, <c>encryption_type</c>, <c>encrypted</c> and <c>signature</c> as they were sent, and nothing else.
/// </summary>
internal static class MessageBody
{
    private const int Varint = 0;
    private const int Delimited = 2;

    private static readonly uint ToTag = TagOf(Message.ToFieldNumber, Delimited);
    private static readonly uint TimestampTag = TagOf(Message.TimestampFieldNumber, Varint);
    private static readonly uint PayloadTag = TagOf(Message.PayloadFieldNumber, Delimited);
    private static readonly uint EncryptionTypeTag = TagOf(Message.EncryptionTypeFieldNumber, Delimited);
    private static readonly uint EncryptedTag = TagOf(Message.EncryptedFieldNumber, Delimited);
    private static readonly uint SignatureTag = TagOf(Message.SignatureFieldNumber, Delimited);

    /// <summary>
    /// Reads it again, without copying the payload: every device that gets a message would hold a copy of its own.
    /// </summary>
    public static Message Read(ReadOnlyMemory<byte> body, LastIdentity to)
    {
        var message = new Message();
        for (var at = 0; at < body.Length;)
        {
            var tag = (uint)ReadVarint(body.Span, ref at);
            if (tag == TimestampTag)
            {
                message.Timestamp = (long)ReadVarint(body.Span, ref at);
                continue;
            }

            var length = (int)ReadVarint(body.Span, ref at);
            var field = body.Slice(at, length);
            at += length;
            if (tag == PayloadTag)
                message.Payload = UnsafeByteOperations.UnsafeWrap(field);
            else if (tag == ToTag)
                message.To = to.Read(field.Span);
            else if (tag == EncryptionTypeTag)
                message.EncryptionType = Encoding.UTF8.GetString(field.Span);
            else if (tag == EncryptedTag)
                message.Encrypted = Encoding.UTF8.GetString(field.Span);
            else if (tag == SignatureTag)
                message.Signature = Encoding.UTF8.GetString(field.Span);
            else
                throw new InvalidDataException($"A stored message holds the field {tag >> 3}");
        }

        return message;
    }

    private static uint TagOf(int field, int wireType) => (uint)(field << 3 | wireType);

    private static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
