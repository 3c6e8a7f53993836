using System.Diagnostics;
using Messaging.Benchmarks.Processes;
using Microsoft.Data.Sqlite;

namespace Messaging.Benchmarks.Peers.Xmpp;

/// <summary>
/// ejabberd with stream management, every limit off. It keeps messages in memory until they are acknowledged; with an
/// archive it stores each in SQLite before it answers.
/// </summary>
internal sealed class EjabberdPeer(bool isArchived) : IPeer
{
    private const string Libraries = "/usr/lib/x86_64-linux-gnu";
    private const string Schema = "/usr/share/ejabberd/sql/lite.sql";

    public string Name => isArchived ? "ejabberd, archive in SQLite" : "ejabberd, stream management";

    public bool IsSynced => isArchived;

    public bool IsBroker => true;

    public string Program => "ejabberdctl";

    public ProcessStartInfo Command(TemporaryFolder folder, int port)
    {
        File.WriteAllText(folder.File("ejabberd.yml"), $$"""
            hosts: [{{XmppConnection.Host}}]
            loglevel: none
            listen:
              - port: {{port}}
                ip: "127.0.0.1"
                module: ejabberd_c2s
                access: all
                shaper: none
                max_fsm_queue: 1000000
            auth_method: internal
            registration_timeout: infinity
            modules:
              mod_register: {ip_access: all, access: all}
              mod_stream_mgmt: {max_ack_queue: infinity, ack_timeout: infinity}
              mod_offline: {}
            {{(isArchived ? Archive(folder) : "")}}

            """);

        // Not by way of the package's wrapper, which changes the user.
        return new ProcessStartInfo("erl",
        [
            "-noinput", "-mnesia", "dir", $"\"{folder.File("mnesia")}\"",
            "-ejabberd", "config", $"\"{folder.File("ejabberd.yml")}\"", "-s", "ejabberd",
        ])
        {
            WorkingDirectory = folder.Path, // where it leaves its logs
            Environment = { ["ERL_LIBS"] = Libraries, ["HOME"] = folder.Path },
        };
    }

    public PeerPair CreatePair(string name, PeerLoad load) => new BrokerPair(
        name, load, (client, onAnswer, onMessage) => new XmppConnection(client, onAnswer, onMessage));

    private static string Archive(TemporaryFolder folder)
    {
        var database = folder.File("archive.db");
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = File.ReadAllText(Schema);
        command.ExecuteNonQuery();
        return $$"""
              mod_mam: {default: always, db_type: sql}
            sql_type: sqlite
            sql_database: "{{database}}"
            """;
    }
}
