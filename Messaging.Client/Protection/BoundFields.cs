using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Messaging.Client.Protection;

/// <summary>
/// Fields of a message as one run of bytes that says where each of them ends: four bytes of length, most significant
/// first, then the field. Two messages that differ in one of them never give the same bytes.
/// </summary>
internal sealed class BoundFields
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <param name="label">What the bytes are for, so that none serve for something else.</param>
    /// <param name="header">Version and id of the key.</param>
    /// <param name="message">Of it: id, from, to and timestamp.</param>
    public BoundFields(string label, ReadOnlySpan<byte> header, MessageEnvelope message)
    {
        Add(label);
        Add(header);
        Add(message.Id);
        Add(message.From.User);
        Add(message.From.Device);
        Add(message.To.User);
        Add(message.To.Device);
        Span<byte> timestamp = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(timestamp, message.Timestamp.ToUnixTimeMilliseconds());
        Add(timestamp);
    }

    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    public void Add(string field) => Add(Encoding.UTF8.GetBytes(field));

    public void Add(ReadOnlySpan<byte> field)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.GetSpan(sizeof(int)), field.Length);
        _bytes.Advance(sizeof(int));
        _bytes.Write(field);
    }
}
