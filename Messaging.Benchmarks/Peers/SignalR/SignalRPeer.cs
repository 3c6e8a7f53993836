using System.Diagnostics;
using Messaging.Benchmarks.Processes;

namespace Messaging.Benchmarks.Peers.SignalR;

/// <summary>
/// ASP.NET Core's SignalR over web sockets with MessagePack: it stores nothing, and what it answers only says that the
/// message has been handed on.
/// </summary>
internal sealed class SignalRPeer : IPeer
{
    public string Name => "SignalR, stores nothing";

    public bool IsSynced => false;

    public bool IsBroker => false;

    public string Program => "sh"; // it is part of this program

    public ProcessStartInfo Command(TemporaryFolder folder, int port) =>
        OwnProgram.Command(["serve-signalr", "--port", $"{port}"]);

    public PeerPair CreatePair(string name, PeerLoad load) => new BrokerPair(
        name, load, (client, onAnswer, onMessage) => new SignalRConnection(client, onAnswer, onMessage));
}
