using System.Collections.Concurrent;

namespace Messaging.Benchmarks.Peers.SignalR;

/// <summary>Which connection each client has.</summary>
internal sealed class RelayAddresses
{
    private readonly ConcurrentDictionary<string, string> _connections = new(StringComparer.Ordinal);

    public string this[string name]
    {
        get => _connections[name];
        set => _connections[name] = value;
    }
}
