using System.Buffers.Binary;

namespace Messaging.Tests.Security.Fuzzing;

/// <summary>One field as it stands on the wire, whatever its number means.</summary>
/// <param name="Number">Its number; 0 is none that may be.</param>
/// <param name="Type">Its wire type: 0 varint, 1 eight bytes, 2 counted bytes, 3 and 4 a group's ends, 5 four bytes.</param>
/// <param name="Value">Of a varint its value, of the others their first bytes.</param>
/// <param name="Bytes">Counted bytes.</param>
/// <param name="Lie">How much longer than it is it says it is.</param>
internal sealed record WireField(int Number, int Type, ulong Value, byte[] Bytes, int Lie = 0)
{
    /// <summary>The fields of a message; null where the bytes are none.</summary>
    public static List<WireField>? TryParse(ReadOnlySpan<byte> bytes)
    {
        var fields = new List<WireField>();
        while (!bytes.IsEmpty)
        {
            if (!TryVarint(ref bytes, out var tag) || tag >> 3 is 0 or > 0x1fffffff)
                return null;
            var (number, type, value) = ((int)(tag >> 3), (int)(tag & 7), 0UL);
            byte[] content = [];
            switch (type)
            {
                case 0 when TryVarint(ref bytes, out value):
                case 3 or 4:
                    break;
                case 1 when bytes.Length >= 8:
                    value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
                    bytes = bytes[8..];
                    break;
                case 5 when bytes.Length >= 4:
                    value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                    bytes = bytes[4..];
                    break;
                case 2 when TryVarint(ref bytes, out var length) && length <= (ulong)bytes.Length:
                    content = bytes[..(int)length].ToArray();
                    bytes = bytes[(int)length..];
                    break;
                default:
                    return null;
            }

            fields.Add(new WireField(number, type, value, content));
        }

        return fields;
    }

    public static byte[] Write(IEnumerable<WireField> fields)
    {
        using var output = new MemoryStream();
        foreach (var field in fields)
            field.WriteTo(output);
        return output.ToArray();
    }

    private void WriteTo(MemoryStream output)
    {
        WriteVarint(output, ((ulong)Number << 3) | (uint)Type);
        Span<byte> fixedBytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(fixedBytes, Value);
        switch (Type)
        {
            case 0:
                WriteVarint(output, Value);
                break;
            case 1:
                output.Write(fixedBytes);
                break;
            case 5:
                output.Write(fixedBytes[..4]);
                break;
            case 2:
                WriteVarint(output, (ulong)(Bytes.Length + Lie));
                output.Write(Bytes);
                break;
        }
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var (i, shift) = (0, 0); i < bytes.Length && shift < 64; i++, shift += 7)
        {
            value |= (ulong)(bytes[i] & 0x7f) << shift;
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private static void WriteVarint(MemoryStream output, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            output.WriteByte((byte)(value | 0x80));
        output.WriteByte((byte)value);
    }
}
