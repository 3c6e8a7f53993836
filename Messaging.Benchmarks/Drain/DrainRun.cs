using System.Diagnostics;
using System.Security.Cryptography;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Drain;

/// <summary>One repetition: fills a queue while its device is away, then lets it come back.</summary>
internal sealed class DrainRun(DrainOptions options, IServerProbe? probe)
{
    public async Task<DrainResult> RunAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Patience);
        try
        {
            return await RunInTimeAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ViolationException(
                $"the queue was not filled and drained within {options.Patience.TotalSeconds} s");
        }
    }

    private async Task<DrainResult> RunInTimeAsync(CancellationToken cancellationToken)
    {
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        var (sender, receiver) = ($"drain-{run}-s", $"drain-{run}-r");
        var queued = await FillAsync(sender, receiver, cancellationToken);

        var before = probe is null ? null : await probe.SampleAsync();
        using var device = new ReturningDevice(receiver, options.Messages, options.Payload);
        var started = Stopwatch.GetTimestamp();
        await device.OpenAsync(options.Url, cancellationToken);
        await device.RunAsync(cancellationToken);
        var length = Stopwatch.GetElapsedTime(started, device.LastAt);
        var after = probe is null ? null : await probe.SampleAsync();
        return new DrainResult(
            queued,
            options.Messages / length.TotalSeconds,
            (after?.Process.Cpu - before?.Process.Cpu) / Stopwatch.GetElapsedTime(started));
    }

    private async Task<double> FillAsync(string sender, string receiver, CancellationToken cancellationToken)
    {
        using var filler = new QueueFiller(sender, receiver, options.Messages, options.Payload);
        await filler.OpenAsync(options.Url, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await filler.RunAsync(cancellationToken);
        return options.Messages / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
