using Google.Protobuf;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>A backend that sends in the name of others (protocol §4).</summary>
[TestFixture]
public sealed class SendAsTests
{
    private static readonly TokenMaker Maker = new();
    private EveryLine log = null!;
    private TestServer server = null!;

    [SetUp]
    public async Task StartAsync()
    {
        log = new EveryLine();
        server = await TestServer.StartAsync(log.AddTo, Maker.Settings);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await server.DisposeAsync();
        log.Dispose();
    }

    [Test]
    [Protocol("4.53", "4.54", "4.55", "4.56")]
    public async Task What_is_sent_as_alice_is_hers_in_every_respect()
    {
        await using var worker = await WorkerAsync();
        await using var phone = await ConnectAsync("alice/phone");
        await using var bob = await ConnectAsync("bob/phone");

        var answer = await worker.AskAsync(As("alice", "bob", "m1"));
        Assert.That((answer.SignalOffset, answer.UserOffset, answer.SignalOffsetState), Is.EqualTo((0, 1, true)));
        Assert.That(answer.Timestamp, Is.Positive);
        var hers = (await phone.MessagesAsync(1))[0];
        var his = (await bob.MessagesAsync(1))[0];
        var from = new Identity { User = "alice", Device = "one" };
        Assert.That((hers.From, hers.SignalType, hers.SignalOffset), Is.EqualTo((from, SignalType.Device, 1)));
        Assert.That((his.From, his.SignalType, his.SignalOffset), Is.EqualTo((from, SignalType.Receiver, 1)));

        // The ticks are hers, and so is the timeline.
        await bob.AcknowledgeAsync(1);
        Assert.That((await phone.ReceiptsAsync(1))[0].Id, Is.EqualTo("m1"));
        Assert.That((await phone.SendAsync("bob", "m2")).UserOffset, Is.EqualTo(2));

        // Nothing of it is the worker's.
        await using var other = await WorkerAsync("two");
        Assert.That(other.Head, Is.Zero);
        Assert.That(worker.Messages, Is.Empty);
    }

    [TestCase("\"send-as\"", true)]
    [TestCase("\"other send-as\"", true)]
    [TestCase("[\"other\", \"send-as\"]", true)]
    [TestCase("\"send-as-not other\"", false)]
    [TestCase("\"SEND-AS\"", false)]
    [TestCase("[\"other send-as\"]", false)]
    [TestCase("{\"send-as\":true}", false)]
    [TestCase("null", false)]
    [Protocol("4.53", "4.57")]
    public async Task Only_with_the_scope_may_one_send_as_another(string scope, bool may)
    {
        var claims = Claims("worker").ToJsonString();
        await using var worker = await server.ConnectAsync("worker/one", Header(Maker.Sign($"{claims[..^1]},\"scope\":{scope}}}")));
        var answer = await worker.AskAsync(As("alice", "bob", "m1"));
        Assert.That(answer.SignalOffsetState, Is.EqualTo(may), answer.Error);
        if (!may)
            Assert.That(answer.Error, Does.StartWith("permission_denied"));
        Assert.That(log.Lines.Count(line => line.Contains("sends as", StringComparison.Ordinal)), Is.EqualTo(may ? 1 : 0));
    }

    [Test]
    [Protocol("4.54")]
    public async Task An_id_is_the_named_users_whoever_sends_it()
    {
        await using var worker = await WorkerAsync();
        await using var phone = await ConnectAsync("alice/phone");
        var first = await phone.AskAsync(As("alice", "bob", "m"));
        var repeated = await worker.AskAsync(As("alice", "bob", "m"), isRepeat: true);
        Assert.That((repeated.UserOffset, repeated.Timestamp, repeated.SignalOffset), Is.EqualTo((1, first.Timestamp, 0)));
        Assert.That((await worker.AskAsync(As("alice", "bob", "m", "other"))).Error, Does.StartWith("already_exists"));
        Assert.That((await worker.AskAsync(As("carol", "bob", "m"))).UserOffset, Is.EqualTo(1), "another's id");
        Assert.That((await worker.AskAsync(As("", "bob", "m"))).SignalOffset, Is.EqualTo(1), "its own");
    }

    [Test]
    public async Task To_oneself_and_to_the_sender_it_comes_like_any_other()
    {
        await using var worker = await WorkerAsync();
        await using var phone = await ConnectAsync("alice/phone");

        Assert.That((await worker.AskAsync(As("alice", "worker", "m1"))).SignalOffset, Is.Zero);
        var came = (await worker.MessagesAsync(1))[0];
        Assert.That((came.SignalType, came.SignalOffset, came.From.User), Is.EqualTo((SignalType.Receiver, 1, "alice")));

        await worker.AskAsync(As("alice", "alice", "note"));
        Assert.That((await phone.MessagesAsync(2))[1].SignalOffset, Is.EqualTo(2));
        await worker.AcknowledgeAsync(1);
        Assert.That((await phone.ReceiptsAsync(1))[0].Id, Is.EqualTo("m1"));
    }

    [Test]
    public async Task It_outlives_the_process_and_is_there_for_devices_that_come_later()
    {
        await using (var worker = await WorkerAsync())
        {
            for (var i = 1; i <= 50; i++)
                await worker.AskAsync(As(i % 2 == 0 ? "alice" : "carol", "bob", $"m{i}"));
        }

        await server.RestartAsync();
        await using var bob = await ConnectAsync("bob/phone");
        Assert.That(
            (await bob.MessagesAsync(50)).Select(message => (message.Id, message.From.User)),
            Is.EqualTo(Enumerable.Range(1, 50).Select(i => ($"m{i}", i % 2 == 0 ? "alice" : "carol"))));
    }

    [Test]
    public async Task One_that_is_refused_for_now_holds_up_its_own_conversation_alone()
    {
        await using var worker = await WorkerAsync();
        await using (await server.OccupyStoreAsync())
            Assert.That((await worker.AskAsync(As("alice", "bob", "a1"))).Error, Does.StartWith("unavailable"));

        Assert.That((await worker.AskAsync(As("alice", "bob", "a2"))).Error, Does.StartWith("aborted"));
        Assert.That((await worker.AskAsync(As("carol", "bob", "a1"))).UserOffset, Is.EqualTo(1), "the same id, but carol's");
        Assert.That((await worker.AskAsync(As("", "bob", "w1"))).UserOffset, Is.EqualTo(1));
        Assert.That((await worker.AskAsync(As("alice", "bob", "a2"), isRepeat: true)).Error, Does.StartWith("aborted"));
        Assert.That((await worker.AskAsync(As("alice", "bob", "a1"), isRepeat: true)).UserOffset, Is.EqualTo(1));
        Assert.That((await worker.AskAsync(As("alice", "bob", "a2"), isRepeat: true)).UserOffset, Is.EqualTo(2));
    }

    [Test]
    public async Task Each_is_in_the_audit_log_without_a_word_of_it()
    {
        await using var worker = await WorkerAsync();
        await worker.AskAsync(As("alice", "bob", "m1", "what nobody may read"));
        await worker.AskAsync(As("worker", "bob", "m2"));
        await worker.AskAsync(As("", "bob", "m3"));
        Assert.That(
            log.Lines.Where(line => line.Contains("sends as", StringComparison.Ordinal)).ToList(),
            Has.Count.EqualTo(1).And.All.Contains("worker/one sends as alice to bob: message m1"));
        Assert.That(log.Lines, Has.None.Contains("what nobody may read"));
    }

    private Task<ProbeDevice> WorkerAsync(string device = "one") =>
        server.ConnectAsync($"worker/{device}", Header(Maker.Sign(Claims("worker", ("scope", "send-as")))));

    private Task<ProbeDevice> ConnectAsync(string name) =>
        server.ConnectAsync(name, Header(Maker.Sign(Claims(name[..name.IndexOf('/', StringComparison.Ordinal)]))));

    private static Message As(string user, string to, string id, string text = "hello") => new()
    {
        Id = id,
        From = new Identity { User = user },
        To = new Identity { User = to },
        Payload = ByteString.CopyFromUtf8(text),
    };
}
