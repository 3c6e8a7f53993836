using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Peers.Amqp;
using Messaging.Benchmarks.Peers.Mqtt;
using Messaging.Benchmarks.Peers.Nats;
using Messaging.Benchmarks.Peers.Redis;
using Messaging.Benchmarks.Peers.SignalR;
using Messaging.Benchmarks.Peers.Xmpp;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers;

/// <summary>Other servers on the same work.</summary>
internal sealed class PeersCommand : ICommand
{
    // Not every client of ours writes longer lengths.
    private const int LargestPayload = 10_000;

    private const int MostStarts = 3;

    private static readonly TimeSpan BetweenStarts = TimeSpan.FromSeconds(3);

    private static readonly IPeer[] All =
    [
        new MosquittoPeer(),
        new NatsPeer(isSynced: false),
        new NatsPeer(isSynced: true),
        new RabbitPeer(isQuorum: true),
        new RabbitPeer(isQuorum: false),
        new EjabberdPeer(isArchived: false),
        new EjabberdPeer(isArchived: true),
        new RedisPeer(isSynced: false),
        new RedisPeer(isSynced: true),
        new SignalRPeer(),
    ];

    public string Name => "peers";

    public string Summary => "round trips of other servers on the same work, in the same run";

    public string Help => $"""
        peers: the service and other servers, one after another in each repetition, each of them alone.

        The round trip is that of chat: the message is answered to the sender and delivered to the receiver, who
        acknowledges it and answers with a small message of its own, stored likewise: the tick. Durable sessions
        and queues everywhere; the clients are ours and write and read many at once. What is not installed is
        left out:

          {string.Join("\n  ", All.Select(peer => peer.Name))}

          apt-get install --no-install-recommends mosquitto nats-server rabbitmq-server \
            ejabberd redis-server

          --only NAME        those whose name contains it
          --pairs N          pairs of clients                                     (16)
          --in-flight N      messages each sender has on their way                (64)
          --payload BYTES    payload of each                                      (256)
          --seconds N        measured time                                        (5)
          --warmup N         seconds before it, not counted                       (2)
          --heat N           seconds of load before all, for the service's JIT    (30)
          --repeat N         repetitions                                          (3)
          --pin              servers on one core, the load on another
          --dir DIRECTORY    on which disk all write                              (the temporary directory)
          --json FILE        writes the figures too; - for standard output
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var load = LoadArguments.Take(arguments, seconds: 5, warmup: 2);
        var only = arguments.TakeText("--only") ?? "";
        var heat = arguments.TakeSeconds("--heat", LoadArguments.Heat, 0);
        var isPinned = arguments.TakeFlag("--pin");
        var directory = arguments.TakeDirectory("--dir");
        var jsonFile = arguments.TakeText("--json");
        arguments.RefuseOthers();
        if (load.Payload > LargestPayload)
            throw new UsageException($"--payload is at most {LargestPayload} here");

        SingleThreadSockets.Enable();
        var peers = All.Where(peer => peer.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).ToArray();
        foreach (var missing in peers.Where(peer => !PeerProcess.IsInstalled(peer.Program)))
            await Console.Error.WriteLineAsync($"{missing.Name} is left out: there is no {missing.Program}");
        peers = [.. peers.Where(peer => PeerProcess.IsInstalled(peer.Program))];

        var core = Pinning.ServerCore(isPinned);
        var ours = new List<ChatResult>();
        var theirs = peers.ToDictionary(peer => peer, _ => new List<ChatResult>());
        using var folder = new TemporaryFolder(directory);
        await using var service = await ServerProcess.StartAsync(ServedKind.Service, folder, core);
        await ChatFloors.HeatAsync(load, service, heat, cancellationToken);
        for (var i = 1; i <= load.Repeat; i++)
        {
            await Console.Error.WriteLineAsync($"repetition {i} of {load.Repeat}");
            var chat = new ChatRun(load with { Url = service.Url }, service, TextWriter.Null);
            ours.Add(await chat.RunAsync(cancellationToken));
            await SayAsync("Messaging", ours[^1]);
            foreach (var peer in peers)
            {
                theirs[peer].Add(await RunAsync(peer, load, directory, core, cancellationToken));
                await SayAsync(peer.Name, theirs[peer][^1]);
            }
        }

        var report = new Report(
            Name, load.Settings(isPinned),
            [.. ChatFigures.All("", ours), .. peers.SelectMany(peer => ChatFigures.All(Prefix(peer), theirs[peer]))],
            [.. Goals(load, isPinned, ours, theirs)]);
        await ReportWriter.WriteAsync(jsonFile, cancellationToken, report);
        return ExitCode.Success;
    }

    // Anew in each repetition: none of them gets slower by what is left of the one before.
    private static async Task<ChatResult> RunAsync(
        IPeer peer, ChatOptions load, string directory, int? core, CancellationToken cancellationToken)
    {
        using var server = await StartAsync(peer, directory, core, cancellationToken);
        var peerLoad = new PeerLoad(
            server.Url, load.Pairs, load.InFlight, load.Payload, load.Length, load.Warmup, load.Patience);
        return await new PeerRun(peer, peerLoad, server.Probe).RunAsync(cancellationToken);
    }

    private static async Task<PeerProcess> StartAsync(
        IPeer peer, string directory, int? core, CancellationToken cancellationToken)
    {
        for (var left = MostStarts - 1; ; left--)
        {
            try
            {
                return await PeerProcess.StartAsync(peer, directory, core, cancellationToken);
            }
            catch (ServerFailedException failure) when (left > 0)
            {
                // What ended just before may be in the way for a moment, such as a name that Erlang keeps of a node.
                await Console.Error.WriteLineAsync($"{failure.Message}; once more");
                await Task.Delay(BetweenStarts, TimeProvider.System, cancellationToken);
            }
        }
    }

    private static string Prefix(IPeer peer) => $"{peer.Name}{(peer.IsSynced ? " (synced)" : "")}: ";

    private static Task SayAsync(string name, ChatResult result) => Console.Error.WriteLineAsync(
        $"{name,-36} {result.RoundTripsPerSecond,10:N0} round trips/s, accepted p50 {Text.Of(result.Accepted.P50)} ms");

    private static IEnumerable<Goal> Goals(
        ChatOptions load, bool isPinned, List<ChatResult> ours, Dictionary<IPeer, List<ChatResult>> theirs)
    {
        if (!isPinned || load.InFlight != 64)
            yield break;
        if (Against("the fastest broker", peer => peer.IsBroker, 1.2) is { } fastest)
            yield return fastest;
        if (Against("the fastest that syncs", peer => peer is { IsBroker: true, IsSynced: true }, 4) is { } synced)
            yield return synced;
        if (Against("Redis with fsync always", peer => peer is RedisPeer { IsSynced: true }, 1.2) is { } redis)
            yield return redis;
        if (Against("SignalR", peer => peer is SignalRPeer, 0.4) is { } signalR)
            yield return signalR;

        Goal? Against(string whom, Func<IPeer, bool> isMeant, double bound)
        {
            if (theirs.Keys.Where(isMeant).MaxBy(peer => Median(theirs[peer])) is not { } best)
                return null;
            return Goal.Ratio(
                $"round trips ÷ {whom}, {best.Name}", true, bound, ours.Select(result => result.RoundTripsPerSecond),
                [.. theirs[best].Select(result => result.RoundTripsPerSecond)], "/s");
        }
    }

    private static double Median(List<ChatResult> results) =>
        Measuring.Spread.Of(results.Select(result => result.RoundTripsPerSecond)).Median;
}
