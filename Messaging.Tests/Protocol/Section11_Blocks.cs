using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §11: who may not write to whom.</summary>
[TestFixture]
public sealed class Section11_Blocks : AccountTests
{
    private protected override string[] Settings =>
        ["--Messaging:Limits:MessagesPerSecond=0", "--Messaging:Limits:UserMessagesPerSecond=0"];

    [Test]
    [Protocol("9.9", "11.14", "11.16")]
    public async Task A_blocked_user_is_told_so_and_the_rest_goes_on()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        await BlockAsync("bob/phone", "alice");

        Refused(await alice.SendAsync("bob", "m-1"), "permission_denied");
        Accepted(await alice.SendAsync("carol", "m-2"));
        Accepted(await alice.SendAsync("alice", "m-3"));
        Accepted(await bob.SendAsync("alice", "b-1"));
        Assert.That((await alice.MessagesAsync(1))[0].From.User, Is.EqualTo("bob"));
        Assert.That(await HeadAsync("bob"), Is.EqualTo(1), "nothing of alice's");

        await UnblockAsync("bob/phone", "alice");
        Accepted(await alice.SendAsync("bob", "m-1"));
    }

    [Test]
    [Protocol("11.15", "11.27")]
    public async Task A_block_in_the_middle_of_a_flow_holds_from_its_answer_on()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectReadyAsync("bob/phone");
        using var stop = new CancellationTokenSource();
        var next = 0;
        var flow = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                for (var i = 0; i < 10; i++)
                    await alice.UpAsync(Up(ProbeDevice.Text("bob", $"flow-{Interlocked.Increment(ref next)}")));
                await alice.SendAsync("bob", $"flow-{Interlocked.Increment(ref next)}");
            }
        });
        var blocked = new List<int>();
        for (var round = 0; round < 5; round++)
        {
            await bob.MessagesAsync(bob.Messages.Count + 20);
            await BlockAsync("bob/laptop", "alice");
            var first = Volatile.Read(ref next) + 1; // the one before it may have been under way
            Refused(await alice.SendAsync("bob", $"after-{round}"), "permission_denied");
            await alice.Until("some more are answered", () => alice.Frames.Any(frame => frame.Signal?.Id == $"flow-{first + 20}"));
            blocked.AddRange(Enumerable.Range(first, 21));
            await UnblockAsync("bob/laptop", "alice");
        }

        await stop.CancelAsync();
        await flow.InTime("the flow ends");
        Accepted(await alice.SendAsync("bob", "last"));
        var answers = alice.Frames.Select(frame => frame.Signal).OfType<Signal>().Where(signal => signal is { From: null, Id.Length: > 0 })
            .ToDictionary(signal => signal.Id);
        Assert.That(blocked.Select(i => Code(answers[$"flow-{i}"])), Is.All.EqualTo("permission_denied"));
        var accepted = answers.Values.Where(answer => answer.SignalOffsetState).OrderBy(answer => answer.UserOffset).Select(answer => answer.Id);
        await bob.Until("the last", () => bob.Messages.Any(message => message.Id == "last"));
        Assert.That(bob.Messages.Select(message => message.Id), Is.EqualTo(accepted));
    }

    [Test]
    [Protocol("11.13", "11.14", "11.27")]
    public async Task A_block_survives_a_restart()
    {
        await BlockAsync("bob/phone", "alice");
        await Server.RestartAsync();
        var alice = await ConnectAsync("alice/phone");
        Refused(await alice.SendAsync("bob", "m-1"), "permission_denied");
        Assert.That((await BlockedAsync("bob/laptop")).Users, Is.EqualTo(new[] { "alice" }));
    }

    [Test]
    [Protocol("4.37", "11.17", "11.18")]
    public async Task What_was_accepted_before_is_delivered_and_ticks_as_ever()
    {
        var alice = await AliceWritesAsync(2);
        await BlockAsync("bob/phone", "alice");
        Accepted(await alice.RepeatAsync(ProbeDevice.Text("bob", "m-1")));

        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        await bob.AcknowledgeAsync(2);
        Accepted(await bob.ReadAsync("alice", "m-2"));
        var receipts = await alice.ReceiptsAsync(2);
        Assert.That(receipts.Select(receipt => receipt.SignalAckState.Read), Is.EqualTo(new[] { false, true }));
        await bob.RereadAsync(0);
        await bob.MessagesAsync(4);
    }

    [Test]
    [Protocol("11.18", "11.19")]
    public async Task A_blocked_user_ticks_what_they_got_and_reports_nothing()
    {
        await AliceWritesAsync(2);
        await BlockAsync("alice/phone", "bob");
        var bob = await ConnectWithMessagesAsync("bob/phone", 2);
        Refused(await bob.AskAsync(Report("alice", "m-1", "words of bob's")), "permission_denied");
        Refused(await bob.AskAsync(Report("alice", "nothing")), "not_found");
        Accepted(await bob.ReadAsync("alice", "m-2"));

        var alice = await ConnectAsync("alice/tablet");
        await alice.Until("what bob did", () => alice.Receipts.Count > 0);
        Assert.That(alice.Receipts.Select(signal => signal.Type), Has.None.EqualTo(SignalKind.Error));
        await UnblockAsync("alice/phone", "bob");
        Accepted(await bob.AskAsync(Report("alice", "m-1", "words of bob's")));
        await BlockAsync("alice/phone", "bob");
        Accepted(await bob.AskAsync(Report("alice", "m-1", "other words")));
    }

    [Test]
    [Protocol("11.20", "7.13")]
    public async Task A_blocked_users_status_is_answered_true_and_dropped()
    {
        var alice = await ConnectAsync("alice/phone");
        var carol = await ConnectAsync("carol/phone");
        var devices = new[] { await ConnectAsync("bob/phone"), await ConnectAsync("bob/laptop") };
        await BlockAsync("bob/tablet", "alice");

        var dropped = await alice.AskAsync(Status("bob", SignalStatus.Typing, "s-1"));
        Accepted(await alice.AskAsync(Status("bob", SignalStatus.Typing, device: "laptop")));
        var relayed = await carol.AskAsync(Status("bob", SignalStatus.Typing, "s-1"));
        Assert.That(dropped, Is.EqualTo(relayed));
        foreach (var device in devices)
        {
            await device.Until("carol's status", () => device.Frames.Count > 1);
            await SettleAsync(device);
            Assert.That(device.Frames.Select(frame => frame.Signal?.From?.User), Has.None.EqualTo("alice"));
        }

        Accepted(await devices[0].AskAsync(Status("alice", SignalStatus.Typing)));
        await alice.Until("bob's status", () => alice.Frames.Any(frame => frame.Signal?.From?.User == "bob"));
        await UnblockAsync("bob/phone", "alice");
        await alice.AskAsync(Status("bob", SignalStatus.Recording));
        await devices[0].Until("alice's", () => devices[0].Frames.Any(frame => frame.Signal?.From?.User == "alice"));
    }

    [Test]
    [Protocol("11.12", "11.13", "11.21")]
    public async Task It_looks_the_same_whether_the_blocked_user_exists_or_not()
    {
        await DisconnectAsync(await ConnectAsync("bob/phone"));
        foreach (var user in new[] { "bob", "nobody" })
        {
            var answers = new List<string>();
            var call = Account.BlockUserAsync(new BlockUserRequest { User = user }, As("alice/phone"));
            answers.Add((await call).ToString() + string.Join(' ', (await call.ResponseHeadersAsync).Where(header => header.Key != "date")));
            await BlockAsync("alice/phone", user);
            Assert.That((await BlockedAsync("alice/phone")).Users, Is.EqualTo(new[] { user }));
            await UnblockAsync("alice/phone", user);
            await UnblockAsync("alice/phone", user);
            Assert.That((await BlockedAsync("alice/phone")).Users, Is.Empty);
            Assert.That(answers.Distinct(), Has.Exactly(1).Items);
        }

        await Server.StopAsync();
        Assert.That(LedgerEdit.Ask(Server.LedgerPath, "SELECT count(*) FROM user WHERE name = 'nobody'"), Is.Zero);
    }

    [Test]
    [Protocol("11.21")]
    public async Task A_message_to_a_user_who_has_blocked_others_is_answered_as_to_one_who_never_was()
    {
        await BlockAsync("bob/phone", "mallory");
        var alice = await ConnectAsync("alice/phone");
        var answers = new[] { await alice.SendAsync("bob", "m-1"), await alice.SendAsync("nobody", "m-2") };
        foreach (var answer in answers)
            (answer.Id, answer.To, answer.SignalOffset, answer.Timestamp) = ("", null, 0, 0);
        Assert.That(answers[0], Is.EqualTo(answers[1]));
    }

    [TestCase("it's \"bob\"; DROP TABLE block --")]
    [TestCase("\u202ebob\u200f")]
    [TestCase("Zo\u0065\u0308 \U0001f600")]
    [Protocol("2.18", "11.12", "11.14")]
    public async Task Any_name_is_blocked_byte_by_byte(string name)
    {
        var other = await ConnectAsync($"{name}/phone");
        await ConnectAsync("alice/phone");
        await BlockAsync("alice/phone", name + " ");
        Accepted(await other.SendAsync("alice", "m-1"));
        await BlockAsync("alice/phone", name);
        Refused(await other.SendAsync("alice", "m-2"), "permission_denied");
        Assert.That((await BlockedAsync("alice/phone")).Users, Is.EqualTo(new[] { name, name + " " }));
    }
}
