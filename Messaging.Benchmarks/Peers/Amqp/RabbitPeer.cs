using System.Diagnostics;
using Messaging.Benchmarks.Processes;

namespace Messaging.Benchmarks.Peers.Amqp;

/// <summary>
/// RabbitMQ with confirms and persistent messages. A quorum queue syncs its log before it confirms; a classic queue
/// writes, and syncs when it gets to it.
/// </summary>
internal sealed class RabbitPeer(bool isQuorum) : IPeer
{
    public string Name => isQuorum ? "RabbitMQ, quorum queues" : "RabbitMQ, classic queues";

    public bool IsSynced => isQuorum;

    public bool IsBroker => true;

    public string Program => "rabbitmq-server";

    public ProcessStartInfo Command(TemporaryFolder folder, int port)
    {
        File.WriteAllText(folder.File("rabbitmq.conf"), $"""
            listeners.tcp.1 = 127.0.0.1:{port}
            log.console = false
            log.file = false

            """);

        // Not by way of the package's wrapper, which changes the user.
        return WithEnvironment(new ProcessStartInfo("/usr/lib/rabbitmq/bin/rabbitmq-server"), folder, port);
    }

    // Erlang's names daemon: it would be started as one that stays.
    public ProcessStartInfo Companion(TemporaryFolder folder, int port) =>
        WithEnvironment(new ProcessStartInfo("epmd", ["-address", "127.0.0.1"]), folder, port);

    public PeerPair CreatePair(string name, PeerLoad load) => new BrokerPair(
        name, load, (client, onAnswer, onMessage) => new AmqpConnection(client, isQuorum, onAnswer, onMessage));

    private static ProcessStartInfo WithEnvironment(ProcessStartInfo start, TemporaryFolder folder, int port)
    {
        foreach (var (name, value) in Environment(folder, port))
            start.Environment[name] = value;
        return start;
    }

    private static IEnumerable<(string Name, string Value)> Environment(TemporaryFolder folder, int port) =>
    [
        ("HOME", folder.Path),
        ("ERL_EPMD_PORT", $"{port + 1}"),
        ("RABBITMQ_DIST_PORT", $"{port + 2}"),
        ("RABBITMQ_NODENAME", "bench@localhost"),
        ("RABBITMQ_CONFIG_FILE", folder.File("rabbitmq.conf")),
        ("RABBITMQ_CONF_ENV_FILE", folder.File("none")),
        ("RABBITMQ_MNESIA_BASE", folder.File("mnesia")),
        ("RABBITMQ_LOG_BASE", folder.File("log")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", folder.File("plugins")),
        ("RABBITMQ_PID_FILE", folder.File("pid")),
        ("RABBITMQ_ALLOW_INPUT", "1"), // in the foreground,
        ("RABBITMQ_SERVER_START_ARGS", "-noinput"), // but without input
    ];
}
