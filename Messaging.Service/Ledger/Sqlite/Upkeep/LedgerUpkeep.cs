using Messaging.Service.Ledger.Sqlite.Retaining;

namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>What is done for a ledger beside its service, off the answer path: its head file, the scrub and retention.</summary>
internal sealed class LedgerUpkeep : IAsyncDisposable
{
    /// <summary>A pass that is over is not begun again before this long.</summary>
    private static readonly TimeSpan BetweenPasses = TimeSpan.FromHours(1);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly HeadKeeper _head;
    private readonly Scrub? _scrub;
    private readonly Retention? _retention;
    private readonly Task _keeping;
    private readonly Task _scrubbing;
    private readonly Task _retaining;

    public LedgerUpkeep(
        LedgerOptions options, LedgerFile file, LedgerCondition condition, Retention? retention, TimeProvider time, ILogger logger)
    {
        _head = new HeadKeeper(options.Path, file.ConnectReadOnly(), logger);
        _scrub = options.ScrubRows > 0 ? new Scrub(file.ConnectReadOnly(), condition, logger) : null;
        _retention = retention;
        _keeping = Task.Run(() => KeepAsync(options.HeadInterval, time));
        _scrubbing = Task.Run(() => ScrubAsync(options.ScrubRows, time));
        _retaining = retention is null ? Task.CompletedTask : Task.Run(() => retention.RunAsync(_stopping.Token));
    }

    /// <summary>Whether the head file is to say where the ledger ended; not after its disk has failed.</summary>
    public bool IsLastHeadKept { get; set; }

    /// <summary>Ends the scrub and retention, which may still read. Before the writer ends.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_keeping, _scrubbing, _retaining);
        _scrub?.Dispose();
        _retention?.Dispose();
    }

    /// <summary>After the writer has ended.</summary>
    public ValueTask DisposeAsync()
    {
        if (IsLastHeadKept)
            _head.Keep();
        _head.Dispose();
        _stopping.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task KeepAsync(TimeSpan interval, TimeProvider time)
    {
        using var timer = new PeriodicTimer(interval, time);
        do
            _head.Keep();
        while (await NextAsync(timer));
    }

    private async Task ScrubAsync(int rows, TimeProvider time)
    {
        using var timer = new PeriodicTimer(Second, time);
        var next = time.GetTimestamp();
        while (_scrub is not null && await NextAsync(timer))
        {
            if (time.GetTimestamp() >= next && _scrub.Next(rows))
                next = time.GetTimestamp() + (long)(BetweenPasses.TotalSeconds * time.TimestampFrequency);
        }
    }

    private async Task<bool> NextAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
