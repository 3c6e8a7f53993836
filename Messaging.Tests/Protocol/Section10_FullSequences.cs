using System.Globalization;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§10: where the offsets end. The ledger's file says, before the server opens it, how far they have come.</summary>
[TestFixture]
public sealed class Section10_FullSequences : SectionTests
{
    private const int Last = int.MaxValue;

    [Test]
    [Protocol("10.1", "10.2", "9.13")]
    public async Task A_full_sequence_of_the_sender_refuses_before_anything_is_stored()
    {
        await ReachAsync(("alice", Last - 2));
        var alice = await ConnectAsync("alice/phone");
        Assert.That(Accepted(await alice.SendAsync("bob", "m-1")).SignalOffset, Is.EqualTo(Last - 1));
        Assert.That(Accepted(await alice.SendAsync("bob", "m-2")).SignalOffset, Is.EqualTo(Last));
        foreach (var to in new[] { "bob", "carol", "alice" })
            Refused(await alice.SendAsync(to, $"to {to}"), "out_of_range");

        Assert.That((await HeadAsync("bob"), await HeadAsync("carol")), Is.EqualTo((2, 0)));
        Assert.That(await HeadAsync("alice"), Is.EqualTo(Last), "it never wraps");
        Assert.That(Accepted(await alice.RepeatAsync(ProbeDevice.Text("bob", "m-2"))).SignalOffset, Is.EqualTo(Last));
    }

    [Test]
    [Protocol("10.1", "10.3", "9.13")]
    public async Task A_full_sequence_of_the_recipient_refuses_and_loses_nothing_of_what_was_stored()
    {
        await ReachAsync(("bob", Last - 1));
        var alice = await ConnectAsync("alice/phone");
        Accepted(await alice.SendAsync("bob", "m-1"));
        Refused(await alice.SendAsync("bob", "m-2"), "out_of_range");
        var answer = Accepted(await alice.SendAsync("carol", "m-2"));
        Assert.That((answer.SignalOffset, answer.UserOffset), Is.EqualTo((2, 1)), "the id and the offset were not used up");
        await Server.RestartAsync();

        var bob = await ConnectAsync("bob/phone");
        Assert.That(bob.Head, Is.EqualTo(Last));
        var message = (await bob.MessagesAsync(1))[0];
        Assert.That((message.Id, message.SignalOffset), Is.EqualTo(("m-1", Last)));
        Assert.That(Accepted(await bob.AcknowledgeAsync(Last)).SignalOffset, Is.EqualTo(Last));
        Refused(await bob.SendAsync("alice", "own"), "out_of_range");
        Accepted(await bob.RereadAsync(Last - 1));
        Assert.That((await bob.MessagesAsync(2))[1].SignalOffset, Is.EqualTo(Last));
        Accepted(await bob.RereadAsync(Last));
    }

    [Test]
    [Protocol("10.1", "10.2", "9.13")]
    public async Task A_full_timeline_refuses_and_other_conversations_go_on()
    {
        await ReachAsync(("alice", 0), ("bob", 0));
        await ReachTimelineAsync("alice", "bob", Last - 1);
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        Assert.That(Accepted(await alice.SendAsync("bob", "m-1")).UserOffset, Is.EqualTo(Last));
        Assert.That((await bob.MessagesAsync(1))[0].UserOffset, Is.EqualTo(Last));
        Refused(await alice.SendAsync("bob", "m-2"), "out_of_range");
        Refused(await bob.SendAsync("alice", "m-2"), "out_of_range");

        Assert.That((await HeadAsync("alice"), await HeadAsync("bob")), Is.EqualTo((1, 1)));
        Assert.That(Accepted(await alice.SendAsync("carol", "m-2")).UserOffset, Is.EqualTo(1));
        Assert.That(Accepted(await bob.ReadAsync("alice", "m-1")).UserOffset, Is.EqualTo(Last));
    }

    [Test]
    [Protocol("10.1")]
    public async Task Such_a_refusal_raises_no_fence()
    {
        await ReachAsync(("bob", Last - 1));
        var alice = await ConnectAsync("alice/phone");
        var carol = await ConnectAsync("carol/phone");
        Accepted(await carol.SendAsync("bob", "c-1"));
        Refused(await alice.SendAsync("bob", "m-1"), "out_of_range");
        Refused(await alice.SendAsync("bob", "m-2"), "out_of_range");
        Accepted(await alice.SendAsync("carol", "m-3"));
    }

    [Test]
    [Protocol("10.4")]
    public async Task An_acknowledgement_that_finds_the_senders_sequence_full_moves_the_watermark_and_takes_no_entry()
    {
        await ReachAsync(("alice", Last - 3));
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 2);
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        await bob.AcknowledgeAsync(1);
        Assert.That((await alice.ReceiptsAsync(1))[0].SignalOffset, Is.EqualTo(Last));
        Accepted(await bob.AcknowledgeAsync(2));
        Assert.That(await HeadAsync("alice"), Is.EqualTo(Last));
        await Server.RestartAsync();

        await ShowsAsync("bob/later", new SignalAckState { Send = true, Received = true });
    }

    [Test]
    [Protocol("10.4")]
    public async Task A_read_that_finds_the_senders_sequence_full_moves_the_watermark_and_tells_the_readers_devices()
    {
        await ReachAsync(("alice", Last - 2));
        var alice = await ConnectAsync("alice/phone");
        await SendManyAsync(alice, "bob", 2);
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        var laptop = await ConnectReadyAsync("bob/laptop");
        var answer = Accepted(await bob.ReadAsync("alice", "m-1"));
        Assert.That((answer.UserOffset, answer.SignalOffset), Is.EqualTo((1, 3)));
        var own = (await laptop.ReceiptsAsync(1))[0];
        Assert.That((own.Id, own.To), Is.EqualTo(("m-1", new Identity { User = "alice" })));
        answer = Accepted(await bob.AskAsync(Played("alice", "m-2")));
        Assert.That((answer.UserOffset, answer.SignalOffset), Is.EqualTo((2, 4)));
        await Server.RestartAsync();

        Assert.That(await HeadAsync("alice"), Is.EqualTo(Last));
        await ShowsAsync("bob/later", new SignalAckState { Send = true, Received = true, Read = true });
        var again = await ConnectAsync("bob/phone");
        Assert.That(Accepted(await again.ReadAsync("alice", "m-1")).UserOffset, Is.EqualTo(2));
        Assert.That(Accepted(await again.AskAsync(Played("alice", "m-2"))).SignalOffset, Is.Zero, "played already");
    }

    [Test]
    [Protocol("10.4", "10.2")]
    public async Task A_read_that_finds_the_readers_own_sequence_full_is_answered_without_an_offset_and_tells_the_sender()
    {
        await ReachAsync(("bob", Last - 2));
        var alice = await ConnectReadyAsync("alice/phone");
        await SendManyAsync(alice, "bob", 2);
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        var answer = Accepted(await bob.ReadAsync("alice", "m-1"));
        Assert.That((answer.UserOffset, answer.SignalOffset), Is.EqualTo((1, 0)));
        answer = Accepted(await bob.AskAsync(Played("alice", "m-2")));
        Assert.That((answer.UserOffset, answer.SignalOffset), Is.EqualTo((2, 0)));
        Assert.That(Accepted(await bob.AcknowledgeAsync(Last)).SignalOffset, Is.EqualTo(Last));

        var told = (await alice.ReceiptsAsync(2)).Select(one => (one.Id, one.UserOffset, one.Status, one.To.User));
        Assert.That(told, Is.EqualTo(new[] { ("m-1", 1, default, "alice"), ("m-2", 2, SignalStatus.Played, "alice") }));
        Assert.That(await HeadAsync("bob"), Is.EqualTo(Last));
    }

    [Test]
    [Protocol("10.1", "10.5")]
    public async Task An_error_report_to_a_full_sequence_is_refused_and_may_come_again()
    {
        await ReachAsync(("alice", Last - 1));
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);

        Refused(await bob.AskAsync(Report("alice", "m")), "out_of_range");
        Refused(await bob.AskAsync(Report("alice", "m")), "out_of_range");
        Assert.That(await HeadAsync("alice"), Is.EqualTo(Last));
    }

    private async Task ShowsAsync(string name, SignalAckState state)
    {
        var device = await ConnectAsync(name);
        Assert.That((await device.MessagesAsync(2)).Take(2).Select(message => message.SignalAckState), Is.All.EqualTo(state));
    }

    /// <summary>Lets the sequences of users who are not there yet, and their devices, stand at these offsets.</summary>
    private async Task ReachAsync(params (string User, int Head)[] users)
    {
        foreach (var (user, _) in users)
            await DisconnectAsync(await ConnectAsync($"{user}/phone"));
        await WhileStoppedAsync(string.Concat(users.Select(one => string.Create(CultureInfo.InvariantCulture, $"""
            UPDATE user SET head = {one.Head}, settled = {one.Head} WHERE name = '{one.User}';
            UPDATE device SET cursor = {one.Head} WHERE user = (SELECT key FROM user WHERE name = '{one.User}');
            """))));
    }

    private Task ReachTimelineAsync(string one, string other, int head) =>
        WhileStoppedAsync(string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO conversation (key, members, head)
                SELECT 1, group_concat(key, ','), {head} FROM (SELECT key FROM user WHERE name IN ('{one}', '{other}') ORDER BY key);
            INSERT INTO member (conversation, user) SELECT 1, key FROM user WHERE name IN ('{one}', '{other}');
            """));

    private async Task WhileStoppedAsync(string sql)
    {
        await Server.StopAsync();
        await using (var connection = new SqliteConnection($"Data Source={Server.LedgerPath};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are this fixture's own.
            command.CommandText = sql;
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync();
        }

        await Server.StartAgainAsync();
    }
}
