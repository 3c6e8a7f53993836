using System.Diagnostics;
using System.Security.Cryptography;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Chat;

/// <summary>One repetition: opens all pairs, lets them run, measures, and checks that all came to an end.</summary>
internal sealed class ChatRun(ChatOptions options, IServerProbe? probe, TextWriter progress)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // Delays are cut down to whole milliseconds.
    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(1);

    private readonly List<Task> _started = [];

    public async Task<ChatResult> RunAsync(CancellationToken cancellationToken)
    {
        // Fresh users each time, so that a ledger can be used again.
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pairs = Enumerable.Range(1, options.Pairs).Select(i => new Pair($"bench-{run}-{i}", options)).ToArray();
        try
        {
            await OpenAsync(pairs, stop.Token);
            var time = MeasuredTime.After(options.Warmup, options.Length);
            var running = FirstFailureOrAll(pairs.Select(pair => pair.RunAsync(time, stop.Token)));
            var measured = await MeasureAsync(pairs, time, running, stop.Token);
            await WaitAsync(pairs, running, stop.Token);
            return Sum(pairs, time, measured);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(_started).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var pair in pairs)
                pair.Dispose();
        }
    }

    private async Task OpenAsync(Pair[] pairs, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Patience);
        try
        {
            await FirstFailureOrAll(pairs.Select(pair => pair.OpenAsync(options.Url, patience.Token)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ViolationException($"no first position signal within {options.Patience.TotalSeconds} s");
        }
    }

    private async Task<Measured> MeasureAsync(
        Pair[] pairs,
        MeasuredTime time,
        Task running,
        CancellationToken cancellationToken)
    {
        await ReportAsync(pairs, "warm-up", time.From, running, cancellationToken);
        var (client, server, roundTrips) = await SampleAsync(pairs);
        var started = Stopwatch.GetTimestamp();
        await ReportAsync(pairs, "measuring", time.Until, running, cancellationToken);
        var (clientAfter, serverAfter, roundTripsAfter) = await SampleAsync(pairs);
        var elapsed = Stopwatch.GetElapsedTime(started);
        return new Measured(
            (clientAfter - client) / elapsed,
            server is null ? null : ServerUse.Between(server, serverAfter!, elapsed, roundTripsAfter - roundTrips));
    }

    private async Task<(TimeSpan Client, ServerSample? Server, long RoundTrips)> SampleAsync(Pair[] pairs) => (
        Environment.CpuUsage.TotalTime,
        probe is null ? null : await probe.SampleAsync(),
        Completed(pairs));

    /// <summary>A line each second until <paramref name="until"/>; ends early where the pairs do.</summary>
    private async Task ReportAsync(
        Pair[] pairs,
        string phase,
        long until,
        Task running,
        CancellationToken cancellationToken)
    {
        var (last, lastMoved, lastAt) = (Completed(pairs), Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until) is { Ticks: > 0 } left && !running.IsCompleted)
        {
            var wait = left < Second ? left + Rounding : Second;
            await Task.WhenAny(running, Task.Delay(wait, TimeProvider.System, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            var (now, completed) = (Stopwatch.GetTimestamp(), Completed(pairs));
            var rate = (completed - last) / Stopwatch.GetElapsedTime(lastAt, now).TotalSeconds;
            progress.WriteLine($"{phase,-9} {rate,10:N0} RT/s");
            if (completed != last)
                lastMoved = now;
            else if (Stopwatch.GetElapsedTime(lastMoved, now) > options.Patience)
                throw Stalled("round trip", pairs);
            (last, lastAt) = (completed, now);
        }

        if (running.IsFaulted)
            await running;
    }

    private async Task WaitAsync(Pair[] pairs, Task running, CancellationToken cancellationToken)
    {
        try
        {
            await running.WaitAsync(options.Patience, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw Stalled("answer, receipt or end of a call", pairs);
        }
    }

    private static ChatResult Sum(Pair[] pairs, MeasuredTime time, Measured measured)
    {
        var (accepted, tick) = (new LatencyHistogram(), new LatencyHistogram());
        foreach (var pair in pairs)
        {
            accepted.Add(pair.Sender.Accepted);
            tick.Add(pair.Sender.Tick);
        }

        return new ChatResult(
            tick.Count / time.Length.TotalSeconds,
            Quantiles.Of(accepted),
            Quantiles.Of(tick),
            measured.ClientCpu,
            measured.Server);
    }

    private ViolationException Stalled(string missing, Pair[] pairs)
    {
        var unfinished = pairs.Where(pair => !pair.HasFinished).ToArray();
        var some = string.Join("; ", unfinished.Take(3).Select(pair => pair.ToString()));
        return new ViolationException(
            $"no {missing} for {options.Patience.TotalSeconds} s: {unfinished.Length} pairs wait, such as {some}");
    }

    private static long Completed(Pair[] pairs) => pairs.Sum(pair => (long)pair.Sender.Completed);

    private async Task FirstFailureOrAll(IEnumerable<Task> tasks)
    {
        var started = tasks.ToArray();
        _started.AddRange(started);
        await foreach (var task in Task.WhenEach(started))
            await task;
    }

    private sealed record Measured(double ClientCpu, ServerUse? Server);
}
