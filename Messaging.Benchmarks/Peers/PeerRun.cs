using System.Diagnostics;
using System.Security.Cryptography;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Peers;

/// <summary>One repetition at one peer.</summary>
internal sealed class PeerRun(IPeer peer, PeerLoad load, IServerProbe probe)
{
    public async Task<ChatResult> RunAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(load.Warmup + load.Length + load.Patience);
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        var pairs = Enumerable.Range(1, load.Pairs).Select(i => peer.CreatePair($"bench-{run}-{i}", load)).ToArray();
        try
        {
            foreach (var pair in pairs)
                await pair.OpenAsync(patience.Token);
            return await MeasureAsync(pairs, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var waiting = pairs.Count(pair => !pair.Window.IsEmpty);
            throw new ViolationException(
                $"{peer.Name}: {waiting} pairs waited for more than {load.Patience.TotalSeconds} s");
        }
        finally
        {
            foreach (var pair in pairs)
                pair.Dispose();
        }
    }

    private async Task<ChatResult> MeasureAsync(PeerPair[] pairs, CancellationToken cancellationToken)
    {
        var time = MeasuredTime.After(load.Warmup, load.Length);
        var running = Task.WhenAll(pairs.Select(pair => pair.RunAsync(time, cancellationToken)));
        await WaitAsync(load.Warmup);
        var before = await probe.SampleAsync();
        var (cpu, started, completed) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp(), Completed());
        await WaitAsync(load.Length);
        var after = await probe.SampleAsync();
        var length = Stopwatch.GetElapsedTime(started);
        var used = ServerUse.Between(before, after, length, Completed() - completed);
        var share = (Environment.CpuUsage.TotalTime - cpu) / length;
        await running;

        var (accepted, tick) = (new LatencyHistogram(), new LatencyHistogram());
        foreach (var pair in pairs)
        {
            accepted.Add(pair.Window.Accepted);
            tick.Add(pair.Window.Tick);
        }

        return new ChatResult(
            tick.Count / time.Length.TotalSeconds, Quantiles.Of(accepted), Quantiles.Of(tick), share, used);

        // A pair that fails ends the wait.
        async Task WaitAsync(TimeSpan wait)
        {
            if (await Task.WhenAny(running, Task.Delay(wait, TimeProvider.System, cancellationToken)) == running)
                await running;
            cancellationToken.ThrowIfCancellationRequested();
        }

        long Completed() => pairs.Sum(pair => pair.Window.Sent - pair.Window.Count);
    }
}
