using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers;

/// <summary>
/// A connection of a peer's client: what is put into <see cref="Output"/> goes with the next exchange.
/// </summary>
internal abstract class PeerConnection : IExchange, IDisposable
{
    protected PeerConnection() => Connection = new CoalescingConnection(this);

    public CoalescingConnection Connection { get; }

    protected ByteBuffer Output { get; } = new(CoalescingConnection.BusyReadSize);

    void IExchange.Pack(ByteBuffer output)
    {
        BeforeWriting();
        output.Append(Output.Span);
        Output.Clear();
    }

    public abstract int Receive(ReadOnlySpan<byte> input, long readAt);

    public void Dispose() => Connection.Dispose();

    /// <summary>What has been put into <see cref="Output"/> is about to go.</summary>
    protected virtual void BeforeWriting()
    {
    }
}
