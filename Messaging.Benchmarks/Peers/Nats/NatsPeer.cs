using System.Diagnostics;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Peers.Nats;

/// <summary>
/// NATS JetStream, a stream in files for each user and a push consumer on it. This version syncs every two minutes and
/// cannot be told to sync each message: in its synced setting the folder's own attribute makes every write synchronous.
/// </summary>
internal sealed class NatsPeer(bool isSynced) : IPeer
{
    public string Name => isSynced ? "NATS JetStream, synchronous files" : "NATS JetStream";

    public bool IsSynced => isSynced;

    public bool IsBroker => true;

    public string Program => "nats-server";

    public ProcessStartInfo Command(TemporaryFolder folder, int port)
    {
        if (isSynced)
            MakeSynchronous(folder);
        return new ProcessStartInfo(Program, ["-a", "127.0.0.1", "-p", $"{port}", "-js", "-sd", folder.Path]);
    }

    public PeerPair CreatePair(string name, PeerLoad load) => new BrokerPair(
        name, load, (client, onAnswer, onMessage) => new NatsConnection(client, onAnswer, onMessage));

    // New files and folders in it inherit the attribute.
    private static void MakeSynchronous(TemporaryFolder folder)
    {
        using var process = Process.Start("chattr", ["+S", folder.Path]);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new ServerFailedException($"{folder.Path} is on a file system that knows no synchronous files");
    }
}
