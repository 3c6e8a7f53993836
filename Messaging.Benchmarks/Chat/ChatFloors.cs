using Messaging.Benchmarks.Echo;
using Messaging.Benchmarks.Floor;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Chat;

/// <summary>
/// The floors under a chat, measured beside it: the disk's sync, typed echoes, the service with its store off.
/// </summary>
internal sealed class ChatFloors : IAsyncDisposable
{
    private const int HeatPairs = 16;
    private const int HeatInFlight = 64;

    private static readonly TimeSpan Syncing = TimeSpan.FromSeconds(1);

    private readonly ChatOptions _load;
    private readonly TemporaryFolder _folder;
    private readonly ServerProcess _withoutStore;
    private readonly ServerProcess _echo;
    private readonly List<ChatResult> _storeOffResults = [];
    private readonly List<EchoResult> _echoResults = [];
    private readonly List<Quantiles> _syncResults = [];

    private ChatFloors(ChatOptions load, TemporaryFolder folder, ServerProcess withoutStore, ServerProcess echo) =>
        (_load, _folder, _withoutStore, _echo) = (load, folder, withoutStore, echo);

    public IReadOnlyList<ChatResult> StoreOff => _storeOffResults;

    public IReadOnlyList<EchoResult> Echo => _echoResults;

    public IReadOnlyList<Quantiles> Sync => _syncResults;

    public static async Task<ChatFloors> StartAsync(TemporaryFolder folder, bool isPinned, ChatOptions load)
    {
        var core = Pinning.ServerCore(isPinned);
        var withoutStore = await ServerProcess.StartAsync(ServedKind.WithoutStore, folder, core);
        return new ChatFloors(
            load, folder, withoutStore, await ServerProcess.StartAsync(ServedKind.Echo, folder, core));
    }

    /// <summary>Lets the servers compile what will be measured.</summary>
    public async Task HeatAsync(TimeSpan heat, CancellationToken cancellationToken)
    {
        await Console.Error.WriteLineAsync("heating the floors");
        await HeatAsync(_load, _withoutStore, heat, cancellationToken);
        if (heat > TimeSpan.Zero)
            await TypedEchoCommand.RunElsewhereAsync(EchoLoad() with { Length = heat }, cancellationToken);
    }

    /// <summary>A load that nobody counts.</summary>
    public static async Task HeatAsync(
        ChatOptions load, ServerProcess server, TimeSpan heat, CancellationToken cancellationToken)
    {
        if (heat == TimeSpan.Zero)
            return;

        // Many at once, whatever is measured then: what is called often is compiled soon.
        var many = load with
        {
            Url = server.Url, Length = heat, Warmup = TimeSpan.Zero,
            Pairs = Math.Max(load.Pairs, HeatPairs), InFlight = Math.Max(load.InFlight, HeatInFlight),
        };
        await new ChatRun(many, probe: null, TextWriter.Null).RunAsync(cancellationToken);
    }

    /// <summary>One repetition of each.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var syncs = Quantiles.Of(SyncFloor.Measure(_folder.File("sync"), Syncing, cancellationToken));
        _syncResults.Add(syncs);
        await Console.Error.WriteLineAsync($"sync       p50 {Text.Of(syncs.P50)} ms");

        var echo = await TypedEchoCommand.RunElsewhereAsync(EchoLoad(), cancellationToken);
        _echoResults.Add(echo);
        await Console.Error.WriteLineAsync($"typed echo {Text.Of(echo.PerSecond)} /s");

        var run = new ChatRun(_load with { Url = _withoutStore.Url }, _withoutStore, TextWriter.Null);
        _storeOffResults.Add(await run.RunAsync(cancellationToken));
        await Console.Error.WriteLineAsync(
            $"store off  {Text.Of(_storeOffResults[^1].RoundTripsPerSecond)} round trips/s");
    }

    public Task<EchoResult> RunCoalescedEchoAsync(CancellationToken cancellationToken) =>
        new CoalescingEcho(EchoLoad()).RunAsync(cancellationToken);

    public IEnumerable<Figure> Figures() =>
    [
        new Figure("sync p50", "ms", Better.Lower, [.. _syncResults.Select(sync => sync.P50)], IsFloor: true),
        new Figure("sync p99", "ms", Better.Lower, [.. _syncResults.Select(sync => sync.P99)], IsFloor: true),
        .. EchoFigures("typed echo", _echoResults),
        .. ChatFigures.All("store off: ", _storeOffResults),
    ];

    public static IEnumerable<Figure> EchoFigures(string name, IReadOnlyList<EchoResult> results) =>
    [
        new Figure(name, "/s", Better.Higher, [.. results.Select(result => result.PerSecond)], IsFloor: true),
        new Figure($"{name} p50", "ms", Better.Lower, [.. results.Select(result => result.Latency.P50)], IsFloor: true),
        new Figure(
            $"{name} client CPU", "% of a core", Better.Neither, [.. results.Select(result => 100 * result.ClientCpu)]),
    ];

    public async ValueTask DisposeAsync()
    {
        await _withoutStore.DisposeAsync();
        await _echo.DisposeAsync();
    }

    private EchoOptions EchoLoad() =>
        new(_echo.Url, _load.Pairs, _load.InFlight, _load.Payload, _load.Length, _load.Warmup);
}
