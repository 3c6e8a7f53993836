using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// The <c>entries</c> column: for each entry the user's key (8 bytes, little endian), the signal offset (4), the
/// length of the id it is about (2) and that id in UTF-8.
/// </summary>
internal static class EntryCodec
{
    private const int FixedBytes = sizeof(long) + sizeof(int) + sizeof(ushort);

    public static void Write(ImmutableArray<SequenceEntry> entries, ArrayBufferWriter<byte> target)
    {
        foreach (var entry in entries)
        {
            var idBytes = Encoding.UTF8.GetByteCount(entry.About);
            var span = target.GetSpan(FixedBytes + idBytes);
            BinaryPrimitives.WriteInt64LittleEndian(span, entry.User.Value);
            BinaryPrimitives.WriteInt32LittleEndian(span[8..], entry.Offset.Value);
            BinaryPrimitives.WriteUInt16LittleEndian(span[12..], checked((ushort)idBytes));
            Encoding.UTF8.GetBytes(entry.About, span[FixedBytes..]);
            target.Advance(FixedBytes + idBytes);
        }
    }

    public static ImmutableArray<SequenceEntry> Read(ReadOnlySpan<byte> source, Func<UserKey, string> nameOf)
    {
        var entries = new List<SequenceEntry>(2);
        while (!source.IsEmpty)
        {
            var user = new UserKey(BinaryPrimitives.ReadInt64LittleEndian(source));
            var offset = new SignalOffset(BinaryPrimitives.ReadInt32LittleEndian(source[8..]));
            var idBytes = BinaryPrimitives.ReadUInt16LittleEndian(source[12..]);
            var about = idBytes == 0 ? "" : Encoding.UTF8.GetString(source.Slice(FixedBytes, idBytes));
            entries.Add(new SequenceEntry(user, nameOf(user), offset, about));
            source = source[(FixedBytes + idBytes)..];
        }

        return [.. entries];
    }
}
