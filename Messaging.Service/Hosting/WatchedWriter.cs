using System.IO.Pipelines;

namespace Messaging.Service.Hosting;

/// <summary>
/// What goes down a connection, whoever writes it: where the peer takes nothing for too long, the connection is given up.
/// The web server itself would wait for ever with a reply to a ping, and read nothing meanwhile.
/// </summary>
/// <param name="inner">Where it goes.</param>
/// <param name="patience">How long a write may take.</param>
/// <param name="giveUp">Called from a timer; must make the write end.</param>
/// <param name="time">The clock.</param>
internal sealed class WatchedWriter(PipeWriter inner, TimeSpan patience, Action giveUp, TimeProvider time) : PipeWriter
{
    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        Watch(inner.FlushAsync(cancellationToken));

    public override ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        Watch(inner.WriteAsync(source, cancellationToken));

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private ValueTask<FlushResult> Watch(ValueTask<FlushResult> flush) =>
        flush.IsCompleted ? flush : WatchAsync(flush);

    private async ValueTask<FlushResult> WatchAsync(ValueTask<FlushResult> flush)
    {
        await using var timer = time.CreateTimer(
            static state => ((Action)state!)(), giveUp, patience, Timeout.InfiniteTimeSpan);
        return await flush;
    }
}
