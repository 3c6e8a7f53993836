namespace Messaging.Benchmarks.Wire;

/// <summary>The few pieces of the protobuf wire format that the hot frames need.</summary>
internal static class Protobuf
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int LengthDelimited = 2;
    public const int Fixed32 = 5;

    public static ulong ReadVarint(scoped ref ReadOnlySpan<byte> bytes)
    {
        ulong value = bytes[0];
        if (value < 0x80)
        {
            bytes = bytes[1..];
            return value;
        }

        value &= 0x7f;
        for (var i = 1; i < 10; i++)
        {
            ulong next = bytes[i];
            value |= (next & 0x7f) << (7 * i);
            if (next < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("a varint without end");
    }

    public static ReadOnlySpan<byte> ReadBytes(scoped ref ReadOnlySpan<byte> bytes)
    {
        var length = checked((int)ReadVarint(ref bytes));
        var value = bytes[..length];
        bytes = bytes[length..];
        return value;
    }

    public static void Skip(scoped ref ReadOnlySpan<byte> bytes, int wireType)
    {
        switch (wireType)
        {
            case Varint:
                ReadVarint(ref bytes);
                break;
            case Fixed64:
                bytes = bytes[8..];
                break;
            case LengthDelimited:
                ReadBytes(ref bytes);
                break;
            case Fixed32:
                bytes = bytes[4..];
                break;
            default:
                throw new InvalidDataException($"wire type {wireType}");
        }
    }

    public static int WriteVarint(Span<byte> target, ulong value)
    {
        var i = 0;
        for (; value >= 0x80; value >>= 7)
            target[i++] = (byte)(value | 0x80);
        target[i++] = (byte)value;
        return i;
    }

    public static int VarintSize(ulong value)
    {
        var size = 1;
        for (; value >= 0x80; value >>= 7)
            size++;
        return size;
    }
}
