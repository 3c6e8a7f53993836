namespace Messaging.Tests.Support;

/// <summary>A clock that a test sets, with timers that run as usual: nothing that waits hangs.</summary>
internal sealed class ServerTime : TimeProvider
{
    private long now = new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    public long Milliseconds => Interlocked.Read(ref now);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Milliseconds);

    public void Advance(TimeSpan time) => Interlocked.Add(ref now, (long)time.TotalMilliseconds);
}
