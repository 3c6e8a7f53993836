using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Faults;

namespace Messaging.Benchmarks.Soak;

/// <summary>One run: load and faults for as long as was asked, then quiet, then everything is judged.</summary>
internal sealed class SoakRun(SoakOptions options, string folder, string? jsonFile)
{
    private const int SamplesAMinute = 12;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly SoakFigures _figures = new();
    private readonly Violations _violations = new();

    /// <exception cref="ViolationException">Something happened that must not.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var watchers = $"127.0.0.1:{FreePort()}";
        await using var service = new ServerProcess(
            $"--Messaging:Telemetry:Listen={watchers}", $"--Messaging:Delivery:Heartbeat={options.Heartbeat:c}");
        await service.StartAsync();
        await using var proxy = new FaultProxy(service.Address, _ => null);
        var random = new Random(options.Seed);
        var pairs = Enumerable.Range(1, options.Pairs).Select(number => new SoakPair(
            new Uri(proxy.Address), number, folder, (double)options.PerSecond / options.Pairs, random, _figures,
            _violations)).ToArray();
        try
        {
            await Task.WhenAll(pairs.Select(pair => pair.OpenAsync()));
            await RunAsync(service, proxy, new Uri($"http://{watchers}/metrics"), pairs, cancellationToken);
        }
        finally
        {
            await Task.WhenAll(pairs.Select(pair => pair.DisposeAsync().AsTask()));
        }
    }

    private async Task RunAsync(
        ServerProcess service, FaultProxy proxy, Uri metrics, SoakPair[] pairs, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var faults = new SoakFaults(options, service, proxy, [.. pairs.SelectMany(pair => pair.Devices)]);
        using var sampler = new SoakSampler(service, metrics, _figures);
        var breaking = faults.RunAsync(over.Token);
        try
        {
            await LoadAsync(service, faults, sampler, breaking, cancellationToken);
            await Console.Error.WriteLineAsync("quiet now: everything must arrive");
            foreach (var pair in pairs)
                pair.StopSending();
            await over.CancelAsync();
            await breaking;
            await JudgeAsync(service, pairs, sampler, cancellationToken);
        }
        finally
        {
            await over.CancelAsync();
            await breaking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await WriteAsync(faults, sampler);
            SoakReport.Print(
                options, sampler.Samples, faults.Past, _figures, jsonFile == "-" ? Console.Error : Console.Out);
        }
    }

    private async Task LoadAsync(
        ServerProcess service, SoakFaults faults, SoakSampler sampler, Task breaking, CancellationToken cancellationToken)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < options.Length;)
        {
            var pause = Task.Delay(Interval, TimeProvider.System, cancellationToken);
            await await Task.WhenAny(pause, _violations.First, breaking);
            if (faults.IsServing && service.ExitCode is { } code)
                throw new ViolationException($"the service ended by itself, with {code}");
            var sample = await sampler.TakeAsync();
            if (sampler.Samples.Count % SamplesAMinute != 0)
                continue;
            await WriteAsync(faults, sampler);
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{sample.At / 60:N0} min: {_figures.Accepted:N0} messages, received p50 {sample.Received.P50:N1} ms p99 {sample.Received.P99:N0} ms; "
                + $"service {sample.Service:N0} MiB (heap {sample.ServiceHeap:N0}), clients {sample.Clients:N0} MiB (heap {sample.ClientsHeap:N0}), "
                + $"log {sample.Log:N0} MiB, {sample.Streams:N0} streams; {faults.Past.Count} faults"));
        }
    }

    private async Task JudgeAsync(
        ServerProcess service, SoakPair[] pairs, SoakSampler sampler, CancellationToken cancellationToken)
    {
        await UntilAsync(
            () => Task.FromResult(pairs.Select(pair => pair.Missing()).FirstOrDefault(missing => missing is not null)),
            cancellationToken);
        // Before whole histories are read.
        await sampler.TakeAsync();
        foreach (var pair in pairs)
            await UntilAsync(pair.DisagreementAsync, cancellationToken);

        var sent = pairs.Sum(pair => pair.Sent);
        if (_figures.Accepted != sent)
            throw new ViolationException($"{sent} messages were sent and {_figures.Accepted} accepted");
        if (await service.StopAsync() is var code and not 0)
            throw new ViolationException($"the service ended with {code} when it was told to stop");
        if (service.Output.Split('\n').FirstOrDefault(IsFailure) is { } failure)
            throw new ViolationException($"the service's log has: {failure}");
        var verified = await ChildProcess.ReadOutputAsync(
            new ProcessStartInfo(
                "dotnet", [ServerProcess.Assembly, "ledger", "verify", "--Messaging:Ledger:Path", service.Ledger]),
            cancellationToken);
        await Console.Error.WriteLineAsync(
            $"{sent:N0} messages, each once and in order at every device, with the same ticks on both sides; {verified.Trim()}");
    }

    /// <summary>Waits until nothing is amiss any more; what still is then must not be.</summary>
    private async Task UntilAsync(Func<Task<string?>> amiss, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (await amiss() is { } what)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new ViolationException($"{Patience.TotalMinutes} minutes after the last fault, {what}");
            await await Task.WhenAny(Task.Delay(Pause, TimeProvider.System, cancellationToken), _violations.First);
        }
    }

    private async Task WriteAsync(SoakFaults faults, SoakSampler sampler)
    {
        if (jsonFile is not null && sampler.Samples.Count > 0)
            await ReportFile.Of([SoakReport.Of(options, sampler.Samples, faults.Past)])
                .WriteAsync(jsonFile, CancellationToken.None);
    }

    private static bool IsFailure(string line) =>
        line.StartsWith("crit:", StringComparison.Ordinal) || line.StartsWith("fail:", StringComparison.Ordinal);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
