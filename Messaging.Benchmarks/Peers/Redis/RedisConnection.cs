
namespace Messaging.Benchmarks.Peers.Redis;

/// <summary>Sends commands without waiting for their replies, which come in the same order.</summary>
/// <param name="onReply">A reply has come; whether it was to an addition.</param>
internal sealed class RedisConnection(Action<bool, long> onReply) : PeerConnection
{
    private readonly Queue<bool> _areAdditions = new();

    public void Add(string stream, string number, string payload)
    {
        _areAdditions.Enqueue(true);
        RedisProtocol.WriteCommand(Output, "XADD", stream, "*", "n", number, "p", payload);
    }

    public void Acknowledge(string stream, string id)
    {
        _areAdditions.Enqueue(false);
        RedisProtocol.WriteCommand(Output, "XACK", stream, RedisReader.Group, id);
    }

    public override int Receive(ReadOnlySpan<byte> input, long readAt)
    {
        var consumed = 0;
        while (RedisProtocol.TryMeasure(input[consumed..], out var length))
        {
            RedisProtocol.RequireNoError(input.Slice(consumed, length));
            consumed += length;
            onReply(_areAdditions.Dequeue(), readAt);
        }

        return consumed;
    }
}
