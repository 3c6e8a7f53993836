using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§9: the rows of the table of errors, and the order of the checks.</summary>
[TestFixture]
public sealed class Section09_Errors : SectionTests
{
    private const string Secret = "the-secret-of-carol";

    [Test]
    [Protocol("9.2", "9.3")]
    public async Task While_the_store_is_busy_all_is_unavailable_and_then_later_messages_are_aborted_until_the_first_came_again()
    {
        var alice = await ConnectAsync("alice/phone");
        await using (await Server.OccupyStoreAsync())
        {
            Refused(await alice.SendAsync("bob", "m-1"), "unavailable", isFinal: false);
            Refused(await alice.AcknowledgeAsync(0), "unavailable", isFinal: false);
            Refused(await alice.AskAsync(Report("bob", "m-1")), "unavailable", isFinal: false);
            Refused(await alice.AskAsync(Read("bob", "m-1")), "unavailable", isFinal: false);
        }

        var aborted = await alice.SendAsync("bob", "m-2");
        Refused(aborted, "aborted", isFinal: false);
        aborted.ClearError();
        Assert.That(aborted, Is.EqualTo(new Signal
        {
            Id = "m-2",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
        }));
        Accepted(await alice.SendAsync("carol", "m-3"));
        Assert.That(Accepted(await alice.SendAsync("bob", "m-1")).UserOffset, Is.EqualTo(1));
        Assert.That(Accepted(await alice.SendAsync("bob", "m-2")).UserOffset, Is.EqualTo(2));
    }

    [Test]
    [Protocol("9.6", "9.7")]
    public async Task Missing_too_long_not_base64_contradictory_or_without_a_body_is_an_invalid_argument()
    {
        var alice = await ConnectAsync("alice/phone");
        foreach (var spoil in new Action<Message>[]
        {
            message => message.Id = "",
            message => message.To = null,
            message => message.Signature = new string('A', 8196),
            message => message.Signature = "A",
            message => message.Encrypted = "AAAA",
        })
        {
            var message = ProbeDevice.Text("bob", "m");
            spoil(message);
            Refused(await NextAsync(alice, new Frame { Message = message }), "invalid_argument");
        }

        var bodiless = await NextAsync(alice, new Frame());
        Refused(bodiless, "invalid_argument");
        bodiless.ClearError();
        Assert.That(bodiless, Is.EqualTo(new Signal { Type = SignalKind.Error, SignalType = SignalType.Sender }));
        Accepted(await alice.SendAsync("bob", "m"));
    }

    [TestCase("mallory", "")]
    [TestCase("mallory", "phone")]
    [TestCase("alice", "laptop")]
    [TestCase("Alice", "phone")]
    [Protocol("9.8")]
    public async Task A_from_that_is_not_the_caller_is_permission_denied(string user, string device)
    {
        var alice = await ConnectAsync("alice/phone");
        var message = ProbeDevice.Text("bob", "m");
        message.From = new Identity { User = user, Device = device };

        Refused(await alice.AskAsync(message), "permission_denied");
        Assert.That(await HeadAsync("alice"), Is.Zero);
    }

    [Test]
    [Protocol("9.10", "9.11", "9.12", "9.14")]
    public async Task What_the_ledger_refuses_has_the_code_of_its_row()
    {
        Server.ExpectAlarm("past the head");
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var bob = await ConnectWithMessagesAsync("bob/phone", 1);

        Refused(await alice.AskAsync(ProbeDevice.Text("bob", "m", "another"), isRepeat: true), "already_exists");
        Refused(await bob.AskAsync(Read("alice", "x")), "not_found");
        Refused(await bob.AskAsync(Played("alice", "x")), "not_found");
        Refused(await bob.AskAsync(Report("alice", "x")), "not_found");
        Refused(await bob.AskAsync(Read("alice", "m", 2)), "out_of_range");
        Refused(await bob.AskAsync(Reread(2, "again")), "out_of_range");
        var ahead = await bob.AcknowledgeAsync(2);
        Refused(ahead, "out_of_range", isFinal: false);
        Assert.That(ahead.SignalAckState, Is.EqualTo(new SignalAckState { Received = true }));
        Accepted(await bob.AcknowledgeAsync(1));
    }

    [Test]
    [Protocol("9.15", "9.16")]
    public async Task Shape_is_checked_before_identity_and_identity_before_content()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var conflict = ProbeDevice.Text("bob", "m", "another");
        conflict.From = new Identity { User = "mallory" };
        var misshapen = conflict.Clone();
        misshapen.Signature = "A";
        Refused(await alice.RepeatAsync(conflict), "permission_denied");
        Refused(await alice.RepeatAsync(misshapen), "invalid_argument");

        foreach (var signal in new[] { Read("bob", "x"), Played("bob", "x"), Report("bob", "x"), Reread(99, "again") })
        {
            signal.From = new Identity { User = "mallory" };
            Refused(await alice.AskAsync(signal), "permission_denied");
            signal.UserOffset = -1;
            Refused(await alice.AskAsync(signal), "invalid_argument");
        }
    }

    [Test]
    [Protocol("9.18", "9.19")]
    public async Task A_bad_frame_costs_one_error_which_echoes_the_id_if_that_is_valid()
    {
        var alice = await ConnectAsync("alice/phone");
        var longest = new string('x', 128);
        foreach (var (id, echoed) in new[] { ("m", "m"), (longest, longest), (longest + "x", ""), ("a\u0085b", ""), ("", "") })
        {
            var message = ProbeDevice.Text("", id);
            var signal = Read("", id);
            var answers = new[]
            {
                await NextAsync(alice, new Frame { Message = message }), await NextAsync(alice, signal),
            };
            foreach (var answer in answers)
            {
                Refused(answer, "invalid_argument");
                Assert.That(answer.Id, Is.EqualTo(echoed));
            }
        }

        await SettleAsync(alice);
        Assert.That(alice.Frames, Has.Count.EqualTo(12), "one each, and the stream goes on");
    }

    [Test]
    [Protocol("9.1", "9.22")]
    public async Task Every_refusal_is_a_code_of_the_table_and_a_text_that_gives_nothing_away()
    {
        Server.ExpectAlarm("past the head");
        var carol = await ConnectAsync("carol/phone");
        await carol.SendAsync("alice", Secret, Secret);
        await carol.SendAsync("bob", $"{Secret}-2", Secret);
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        await alice.MessagesAsync(1);
        var bad = ProbeDevice.Text("bob", "m");
        bad.From = new Identity { User = "carol" };
        var refusals = new List<Signal>
        {
            await alice.RepeatAsync(ProbeDevice.Text("bob", "m", "another")),
            await alice.AskAsync(bad, isRepeat: true),
            await alice.AskAsync(ProbeDevice.Text("", "n")),
            await alice.AskAsync(Read("bob", $"{Secret}-2")),
            await alice.AskAsync(Read("carol", upTo: 5)),
            await alice.AskAsync(Report("bob", $"{Secret}-2")),
            await alice.AskAsync(Reread(99, "again")),
            await alice.AcknowledgeAsync(99),
            await alice.AskAsync(new Signal { Id = "none" }),
            await NextAsync(alice, new Frame()),
        };

        var codes = "unavailable|aborted|resource_exhausted|invalid_argument|permission_denied|already_exists|not_found|out_of_range";
        foreach (var refusal in refusals)
        {
            Assert.That(refusal.Error, Does.Match($"^({codes}): [^:]+$"));
            GivesNothingAway(refusal.Error);
        }

        var refused = await RefusedAsync(With(("messaging-user", "%zz"), ("messaging-device", "phone")));
        GivesNothingAway(refused.Detail);
        using var raw = new RawStream(Server.Address, With(("messaging-user", "alice"), ("messaging-device", "raw")));
        await raw.SendAsync([0x0A, 0x20, 0x0A]);
        GivesNothingAway((await raw.EndAsync()).Detail);
    }

    private static void GivesNothingAway(string text)
    {
        foreach (var word in new[] { "carol", Secret, "   at ", "Exception", ".cs", ".db", "/tmp", "Messaging.Service", "SQL" })
            Assert.That(text, Does.Not.Contain(word));
    }
}
