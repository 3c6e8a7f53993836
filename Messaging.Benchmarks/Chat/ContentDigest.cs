using System.Numerics;
using System.Runtime.InteropServices;

namespace Messaging.Benchmarks.Chat;

/// <summary>Sums up a series of message ids in order, so that both ends can be compared when all is done.</summary>
internal struct ContentDigest
{
    public ulong Value { get; private set; }

    public void Add(ReadOnlySpan<byte> id)
    {
        foreach (var word in MemoryMarshal.Cast<byte, uint>(id))
            Value = (BitOperations.RotateLeft(Value, 5) ^ word) * 0x9e3779b97f4a7c15;
    }
}
