using System.Diagnostics.Metrics;
using Grpc.Core;
using Messaging.Tests.EndToEnd;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>Every metric moves when what it counts happens, and only then.</summary>
[CancelAfter(60_000)]
public sealed class MetricsTests : ServerTests, IDisposable
{
    private const string Ledger = "messaging.server.ledger.";

    private Heard? _heard;

    private protected override string[] Settings =>
    [
        "--Messaging:Delivery:Window=2", "--Messaging:Ledger:TailRows=16", "--Messaging:Ledger:CheckpointPages=16",
    ];

    [SetUp]
    public void Listen() => _heard = new Heard(Server.Services.GetRequiredService<Meter>());

    public void Dispose() => _heard?.Dispose();

    [Test]
    public async Task Accepted_messages_duplicates_and_signals_are_counted()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/laptop");
        await alice.SendAsync("bob", "m1");
        await alice.SendAsync("bob", "m2");
        await alice.RepeatAsync(ProbeDevice.Text("bob", "m1"));
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(2);
        await bob.ReadAsync("alice", "m2");
        await bob.AskAsync(new Signal { Id = "m2", To = new Identity { User = "alice" }, Type = SignalKind.Error, Error = "blank" });

        await Counted("messaging.server.accepted.messages", 2);
        await Counted("messaging.server.duplicate.messages", 1);
        await Counted("messaging.server.recorded.signals", 1, "messaging.operation.name=acknowledge");
        await Counted("messaging.server.recorded.signals", 1, "messaging.operation.name=read");
        await Counted("messaging.server.recorded.signals", 1, "messaging.operation.name=report");
        await Eventually("entries are counted", () => _heard!.Of("messaging.server.delivered.entries") >= 4);
    }

    [Test]
    public async Task Refusals_are_counted_by_their_code()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m1");
        await alice.AskAsync(ProbeDevice.Text("bob", "m1", "other"), isRepeat: true);
        await alice.AskAsync(new Message { Id = "none" });
        await alice.AskAsync(new Message(ProbeDevice.Text("bob", "not-hers")) { From = new Identity { User = "bob" } });
        await alice.ReadAsync("bob", "no-such-message");
        await alice.AcknowledgeAsync(1000);
        Server.ExpectAlarm("past the head");
        await using (await Server.OccupyStoreAsync())
            await alice.SendAsync("bob", "m2");

        foreach (var code in (string[])
                 ["already_exists", "invalid_argument", "permission_denied", "not_found", "out_of_range", "unavailable"])
            await Counted("messaging.server.refused.frames", 1, $"error.type={code}");
        await Counted("messaging.server.accepted.messages", 1);
        Assert.That(_heard!.Of(Ledger + "refused.batches"), Is.EqualTo(1));
    }

    [Test]
    public async Task Streams_are_counted_as_they_come_and_go()
    {
        var first = await ConnectAsync("alice/phone");
        var second = await ConnectAsync("alice/phone");
        await first.EndAsync();
        await Counted("messaging.server.streams", 1);
        await second.HalfCloseAsync();
        Assert.That((await RefusedAsync([])).StatusCode, Is.EqualTo(StatusCode.Unauthenticated));

        await Counted("messaging.server.streams", 0);
        await Counted("messaging.server.opened.streams", 2);
        await Counted("messaging.server.ended.streams", 1, "messaging.stream.end=replaced");
        await Counted("messaging.server.ended.streams", 1, "messaging.stream.end=half_closed");
        await Counted("messaging.server.refused.streams", 1, "error.type=unauthenticated");
    }

    [Test]
    public async Task A_device_that_does_not_acknowledge_is_seen_until_it_does()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        var bob = await ConnectAsync("bob/laptop");
        for (var i = 0; i < 5; i++)
            await alice.SendAsync("bob", $"m{i}");
        await bob.MessagesAsync(2);

        await Counted("messaging.server.queue.depth", 5);
        await Counted("messaging.server.queue.longest", 5);
        await Counted("messaging.server.window.stalls", 1);
        await Eventually("it grows old", () => _heard!.Of("messaging.server.queue.age") > 0);

        for (var acknowledged = 2; acknowledged < 5; acknowledged += 2)
        {
            await bob.AcknowledgeAsync(acknowledged);
            await bob.MessagesAsync(Math.Min(acknowledged + 2, 5));
        }

        await bob.AcknowledgeAsync(5);
        await Eventually("nothing waits", () =>
            _heard!.Of("messaging.server.queue.depth") + _heard!.Of("messaging.server.queue.age") == 0);
    }

    [Test]
    public async Task Batches_commits_folds_and_checkpoints_are_timed_and_the_ledger_says_where_it_stands()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < 60; i++)
            await alice.SendAsync("bob", $"m{i}");

        await Eventually("everything was timed", () =>
            _heard!.TimesOf(Ledger + "fold.duration") > 0
            && _heard!.TimesOf(Ledger + "checkpoint.duration", "messaging.checkpoint.part=bulk") > 0);
        Assert.That(_heard!.TimesOf(Ledger + "commit.duration"), Is.GreaterThanOrEqualTo(60));
        Assert.That(_heard!.TimesOf(Ledger + "batch.duration"), Is.EqualTo(_heard!.TimesOf(Ledger + "commit.duration")));
        Assert.That(_heard!.Of(Ledger + "batch.size"), Is.EqualTo(61)); // hers, and the opening of her stream
        Assert.That(_heard!.Of(Ledger + "batch.duration"), Is.GreaterThan(_heard!.Of(Ledger + "commit.duration")));
        Assert.That(_heard!.Of(Ledger + "sequence"), Is.EqualTo(RowsOnDisk()));
        Assert.That(_heard!.Of(Ledger + "tail.rows"), Is.InRange(1, 32));
        Assert.That(_heard!.Of(Ledger + "tail.size"), Is.GreaterThan(0));
        Assert.That(_heard!.Of(Ledger + "active", "messaging.state.kind=user"), Is.EqualTo(2));
        Assert.That(_heard!.Of(Ledger + "active", "messaging.state.kind=conversation"), Is.EqualTo(1));
        Assert.That(_heard!.Of(Ledger + "waiting"), Is.Zero);
        Assert.That(
            _heard!.Of(Ledger + "file.size", "messaging.file=log"), Is.EqualTo(new FileInfo(Server.LedgerPath + "-wal").Length));
        Assert.That(
            _heard!.Of(Ledger + "file.size", "messaging.file=database"), Is.EqualTo(new FileInfo(Server.LedgerPath).Length));
        Assert.That(_heard!.Of(Ledger + "disk.free"), Is.GreaterThan(0));

        // The rest is copied by the batch that comes next.
        var count = 60;
        await Wait.Eventually("the rest is copied", async () =>
        {
            await alice.SendAsync("bob", $"m{count++}");
            return _heard!.TimesOf(Ledger + "checkpoint.duration", "messaging.checkpoint.part=rest") > 0;
        });
    }

    [Test]
    public async Task However_many_users_there_are_the_series_stay_as_many()
    {
        var seen = await SeriesAfterAsync(round: 1, users: 3);
        var more = await SeriesAfterAsync(round: 2, users: 12);
        Assert.That(more, Is.EquivalentTo(seen));
        Assert.That(more.Select(series => series.Tags), Has.None.Contains("someone").And.None.Contains("round"));
    }

    private async Task<IReadOnlyList<(string Name, string Tags)>> SeriesAfterAsync(int round, int users)
    {
        for (var i = 0; i < users; i++)
        {
            var device = await ConnectAsync($"someone-{round}-{i}/round-{round}");
            await device.SendAsync($"someone-{round}-0", $"round-{round}-message-{i}");
            await device.AskAsync(new Message { Id = $"round-{round}-to-nobody-{i}" });
            await DisconnectAsync(device);
        }

        await Counted("messaging.server.streams", 0);
        return [.. _heard!.Series.Where(series => !series.Name.EndsWith(".duration", StringComparison.Ordinal))];
    }

    private long RowsOnDisk()
    {
        using var connection = new SqliteConnection($"Data Source={Server.LedgerPath};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT max(seq) FROM journal";
        return (long)command.ExecuteScalar()!;
    }

    private Task Counted(string name, double count, string tags = "") =>
        Wait.Eventually($"{name} {tags} is {count}, not {_heard!.Of(name, tags)}", () => _heard!.Of(name, tags).Equals(count));

    private static Task Eventually(string reason, Func<bool> isTrue) => Wait.Eventually(reason, isTrue);
}
