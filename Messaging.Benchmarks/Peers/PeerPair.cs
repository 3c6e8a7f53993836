using System.Diagnostics;
using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Peers;

/// <summary>
/// A sender and its receiver at another server. The round trip is that of chat: the message is stored and answered and
/// delivered, the receiver acknowledges it and answers with a small message, stored likewise, which is the tick.
/// </summary>
internal abstract class PeerPair(PeerLoad load) : IDisposable
{
    public PeerWindow Window { get; } = new(load.InFlight);

    protected PeerLoad Load => load;

    /// <summary>Connects both, and has them ready to receive.</summary>
    public abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Sends until the time is over, and waits for what is on its way.</summary>
    public async Task RunAsync(MeasuredTime time, CancellationToken cancellationToken)
    {
        Window.Begin(time);
        using var finished = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var receiving = ReceiveAsync(finished.Token);
        try
        {
            await await Task.WhenAny(receiving, SendAllAsync(cancellationToken));
        }
        finally
        {
            await finished.CancelAsync();
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public abstract void Dispose();

    /// <summary>Queues a message for the receiver.</summary>
    protected abstract void Send(long number);

    protected abstract ValueTask ExchangeSenderAsync(CancellationToken cancellationToken);

    protected abstract ValueTask ExchangeReceiverAsync(CancellationToken cancellationToken);

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Fill();
            if (Window.IsEmpty)
                return;
            await ExchangeSenderAsync(cancellationToken);
        }
    }

    private void Fill()
    {
        if (!Window.HasRoom || Window.IsOver)
            return;
        var now = Stopwatch.GetTimestamp();
        while (Window.HasRoom)
            Send(Window.Add(now));
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
            await ExchangeReceiverAsync(cancellationToken);
    }
}
