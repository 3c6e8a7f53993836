using System.Diagnostics;
using Messaging.Benchmarks.Processes;

namespace Messaging.Benchmarks.Peers.Redis;

/// <summary>Redis streams with consumer groups: a data structure, which knows no sessions and no receipts.</summary>
internal sealed class RedisPeer(bool isSynced) : IPeer
{
    public string Name => isSynced ? "Redis streams, fsync always" : "Redis streams, no file";

    public bool IsSynced => isSynced;

    public bool IsBroker => false;

    public string Program => "redis-server";

    public ProcessStartInfo Command(TemporaryFolder folder, int port) => new(Program,
    [
        "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder.Path, "--save", "", "--daemonize", "no",
        "--appendonly", isSynced ? "yes" : "no", "--appendfsync", "always",
    ]);

    public PeerPair CreatePair(string name, PeerLoad load) => new RedisPair(name, load);
}
