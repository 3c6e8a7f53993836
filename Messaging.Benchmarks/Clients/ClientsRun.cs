using System.Diagnostics;
using System.Security.Cryptography;
using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Clients;

/// <summary>One repetition with one kind of client.</summary>
internal sealed class ClientsRun(ClientsOptions options)
{
    /// <param name="create">Makes a pair from its name.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<ClientsResult> RunAsync(Func<string, ClientPair> create, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Warmup + options.Length + options.Patience);
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        var before = Managed();
        var pairs = Enumerable.Range(1, options.Clients / 2).Select(i => create($"client-{run}-{i}")).ToArray();
        try
        {
            await Task.WhenAll(pairs.Select(pair => pair.OpenAsync(patience.Token)));
            var each = (Managed() - before) / 1024.0 / options.Clients;
            return await MeasureAsync(pairs, each, patience.Token);
        }
        finally
        {
            await Task.WhenAll(pairs.Select(pair => pair.DisposeAsync().AsTask()));
        }
    }

    private async Task<ClientsResult> MeasureAsync(
        ClientPair[] pairs, double kilobytesEach, CancellationToken cancellationToken)
    {
        var time = MeasuredTime.After(options.Warmup, options.Length);
        var running = Task.WhenAll(
            pairs.Select(pair => Task.Run(() => pair.RunAsync(time, cancellationToken), cancellationToken)));
        await WaitAsync(options.Warmup);
        var (cpu, bytes, started) = Sample();
        await WaitAsync(options.Length);
        var (cpuAfter, bytesAfter, ended) = Sample();
        await running;

        var (accepted, tick) = (new LatencyHistogram(), new LatencyHistogram());
        foreach (var pair in pairs)
            pair.AddTo(accepted, tick);
        return new ClientsResult(
            tick.Count / time.Length.TotalSeconds,
            Quantiles.Of(accepted),
            Quantiles.Of(tick),
            (cpuAfter - cpu) / Stopwatch.GetElapsedTime(started, ended),
            (bytesAfter - bytes) / (double)Math.Max(tick.Count, 1),
            kilobytesEach);

        // A pair that fails ends the wait.
        async Task WaitAsync(TimeSpan length)
        {
            if (await Task.WhenAny(running, Task.Delay(length, TimeProvider.System, cancellationToken)) == running)
                await running;
        }
    }

    // What was closed before is let go of by finalizers.
    private static long Managed()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static (TimeSpan Cpu, long Bytes, long At) Sample() =>
        (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
}
