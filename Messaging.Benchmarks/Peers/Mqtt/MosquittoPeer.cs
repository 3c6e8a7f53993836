using System.Diagnostics;
using Messaging.Benchmarks.Processes;

namespace Messaging.Benchmarks.Peers.Mqtt;

/// <summary>
/// Mosquitto with persistent sessions and QoS 1, every limit off: it writes its state to disk now and then.
/// </summary>
internal sealed class MosquittoPeer : IPeer
{
    public string Name => "Mosquitto, QoS 1";

    public bool IsSynced => false;

    public bool IsBroker => true;

    public string Program => "mosquitto";

    public ProcessStartInfo Command(TemporaryFolder folder, int port)
    {
        File.WriteAllText(folder.File("mosquitto.conf"), $"""
            listener {port} 127.0.0.1
            allow_anonymous true
            user root
            persistence true
            persistence_location {folder.Path}/
            max_inflight_messages 0
            max_queued_messages 0
            set_tcp_nodelay true
            log_type none

            """);
        return new ProcessStartInfo(Program, ["-c", folder.File("mosquitto.conf")]);
    }

    public PeerPair CreatePair(string name, PeerLoad load) => new BrokerPair(
        name, load, (client, onAnswer, onMessage) => new MqttConnection(client, onAnswer, onMessage));
}
