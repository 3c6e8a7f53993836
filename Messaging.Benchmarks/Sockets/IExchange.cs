namespace Messaging.Benchmarks.Sockets;

/// <summary>What goes over a connection: a protocol without its socket. One owner.</summary>
internal interface IExchange
{
    /// <summary>Moves to <paramref name="output"/> all that may be sent now.</summary>
    void Pack(ByteBuffer output);

    /// <summary>Handles all that is whole in <paramref name="input"/>; returns how many bytes those were.</summary>
    /// <param name="input">What has been read and not handled yet.</param>
    /// <param name="readAt">The timestamp of the read.</param>
    int Receive(ReadOnlySpan<byte> input, long readAt);
}
