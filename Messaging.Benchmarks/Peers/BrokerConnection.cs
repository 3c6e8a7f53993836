namespace Messaging.Benchmarks.Peers;

/// <summary>A client of a broker, with an address of its own at which messages wait for it.</summary>
internal abstract class BrokerConnection : PeerConnection
{
    /// <summary>Where others write to it.</summary>
    public abstract byte[] Address { get; }

    /// <summary>Connects, and has all ready to be written to.</summary>
    public abstract Task OpenAsync(Uri url, CancellationToken cancellationToken);

    /// <summary>Queues a message, to be stored and answered by the broker.</summary>
    public abstract void Publish(ReadOnlySpan<byte> address, ReadOnlySpan<byte> payload);
}
