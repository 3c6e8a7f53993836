using System.Security.Cryptography;

namespace Messaging.Benchmarks.Wire;

/// <summary>
/// UUIDv7 texts (RFC 9562 §5.7) for one sender: <see cref="Guid.CreateVersion7()"/> asks the system for random bytes
/// each time. A counter in the twelve bits behind the time keeps them ordered; the rest is SplitMix64.
/// </summary>
internal sealed class MessageIds
{
    public const int Size = 36;

    private static readonly byte[] Hex = "0123456789abcdef"u8.ToArray();

    private ulong _state = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    private uint _counter;

    public void WriteNext(Span<byte> target, long timestamp)
    {
        _counter++;
        var high = (ulong)timestamp << 16 | 0x7000 | _counter & 0xfff;
        var low = NextRandom() >> 2 | 1UL << 63;
        WriteHex(target, high >> 32, 8);
        target[8] = (byte)'-';
        WriteHex(target[9..], high >> 16, 4);
        target[13] = (byte)'-';
        WriteHex(target[14..], high, 4);
        target[18] = (byte)'-';
        WriteHex(target[19..], low >> 48, 4);
        target[23] = (byte)'-';
        WriteHex(target[24..], low, 12);
    }

    private ulong NextRandom()
    {
        var z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }

    private static void WriteHex(Span<byte> target, ulong value, int digits)
    {
        for (var i = digits - 1; i >= 0; i--, value >>= 4)
            target[i] = Hex[(int)(value & 0xf)];
    }
}
