using Grpc.Core;
using Messaging.Service.Hosting;
using Messaging.Service.Sync;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>A stream ends with what it was opened on (protocol §2).</summary>
[TestFixture]
public sealed class ExpiryTests
{
    private static readonly TokenMaker Maker = new();

    [Test]
    [Protocol("2.60", "2.62", "9.24")]
    public async Task What_was_taken_by_then_is_answered_and_a_new_token_goes_on_without_a_hole()
    {
        GatedLedger ledger = null!;
        await using var server = await TestServer.StartAsync(Gate, [.. Maker.Settings, "--Messaging:Authentication:ClockSkew=00:00:00"]);
        await using var bob = await server.ConnectAsync("bob/phone", Header(Maker.Sign(Claims("bob"))), acknowledges: _ => true);
        await using var alice = await server.ConnectAsync(
            "alice/phone", Header(Maker.Sign(Claims("alice", ("exp", SecondsFromNow(2))))));

        // The batch is under way as the token ends: its answers come behind the end, and then the status.
        ledger.Shut();
        for (var i = 1; i <= 5; i++)
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", $"m{i}") });
        await Wait.Eventually("all five are taken", () => ledger.Held == 5);
        await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System);
        Assert.That(alice.Frames, Has.Count.EqualTo(1), "the position, and no answer yet");
        await ledger.OpenAsync();
        var status = await alice.EndAsync();
        Assert.That(status.StatusCode, Is.EqualTo(StatusCode.Unauthenticated), status.Detail);
        Assert.That(
            alice.Frames.Skip(1).Select(frame => (frame.Signal.Id, frame.Signal.SignalOffsetState)),
            Is.EqualTo(Enumerable.Range(1, 5).Select(i => ($"m{i}", true))));

        await using var again = await server.ConnectAsync("alice/phone", Header(Maker.Sign(Claims("alice"))));
        Assert.That(again.Frames[0].Signal.SignalOffset, Is.EqualTo(5), "its answers were the delivery");
        await again.RepeatAsync(ProbeDevice.Text("bob", "m5"));
        await again.SendAsync("bob", "m6");
        Assert.That(
            (await bob.MessagesAsync(6)).Select(message => message.Id), Is.EqualTo(Enumerable.Range(1, 6).Select(i => $"m{i}")));

        void Gate(WebApplicationBuilder builder) => builder.Services.AddSingleton<OpenLedger>(async (services, cancellationToken) =>
            ledger = new GatedLedger(await LedgerOpening.OpenAsync(services, cancellationToken)));
    }

    [Test]
    [Protocol("2.60", "2.62")]
    public async Task A_stream_ends_with_its_token_after_everything_taken_is_answered()
    {
        await using var server = await TestServer.StartAsync(
        [
            .. Maker.Settings, "--Messaging:Authentication:ClockSkew=00:00:00",
            "--Messaging:Limits:MessagesPerSecond=0", "--Messaging:Limits:UserMessagesPerSecond=0",
            "--Messaging:Limits:BytesPerSecond=0", "--Messaging:Limits:UserBytesPerSecond=0",
        ]);
        await using var bob = await server.ConnectAsync("bob/phone", Header(Maker.Sign(Claims("bob"))), acknowledges: _ => true);
        var (sent, answered, renewals) = (0, 0, 0);
        for (; renewals < 3; renewals++)
        {
            // As a client does it: first what was not answered, again, then more, until the token has ended.
            var end = SecondsFromNow(2);
            await using var alice = await server.ConnectAsync(
                "alice/phone", Header(Maker.Sign(Claims("alice", ("exp", end)))));
            var again = sent;
            try
            {
                for (var next = answered + 1; ; next++)
                {
                    if (SecondsFromNow(0) > end + 10)
                        Assert.Fail("it never ended");
                    sent = Math.Max(sent, next);
                    await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", $"m{next}") }, isRepeat: next <= again);
                }
            }
            catch (Exception over) when (over is RpcException or InvalidOperationException or IOException)
            {
            }

            var status = await alice.EndAsync();
            Assert.That(status.StatusCode, Is.EqualTo(StatusCode.Unauthenticated), status.Detail);
            Assert.That(SecondsFromNow(0), Is.InRange(end, end + 10));
            var answers = alice.Frames.Select(frame => frame.Signal).Where(signal => signal is { From: null, Id.Length: > 0 }).ToList();
            Assert.That(answers.Select(answer => answer.SignalOffsetState), Is.All.True);
            Assert.That(
                answers.Select(answer => answer.Id), Is.EqualTo(Enumerable.Range(answered + 1, answers.Count).Select(i => $"m{i}")));
            answered += answers.Count;
            Assert.That(Stored(), Is.EqualTo(answered), "what is on disk is answered, and what is answered is on disk");
        }

        await using (var last = await server.ConnectAsync("alice/phone", Header(Maker.Sign(Claims("alice")))))
        {
            for (var next = answered + 1; next <= sent; next++)
                await last.RepeatAsync(ProbeDevice.Text("bob", $"m{next}"));
        }

        Assert.That(
            (await bob.MessagesAsync(sent)).Select(message => message.Id), Is.EqualTo(Enumerable.Range(1, sent).Select(i => $"m{i}")));
        Assert.That(Stored(), Is.EqualTo(sent));
        await TestContext.Out.WriteLineAsync($"{sent} messages over {renewals} tokens that ended, {answered} answered by then");

        long Stored() => LedgerEdit.Ask(server.LedgerPath, "SELECT count(*) FROM journal WHERE kind = 1");
    }

    [Test]
    [Protocol("2.61")]
    public async Task Clocks_may_differ_as_far_as_is_said_for_a_new_stream_and_for_an_open_one()
    {
        var time = new ServerTime();
        await using var server = await TestServer.StartAsync(
            builder => builder.Services.AddSingleton<TimeProvider>(time),
            [.. Maker.Settings, "--Messaging:Authentication:ClockSkew=00:01:00"]);
        var exp = (time.Milliseconds / 1000) + 2;
        var token = Header(Maker.Sign(Claims("alice", ("exp", exp))));

        time.Advance(TimeSpan.FromSeconds(60.5));
        await using var late = await server.ConnectAsync("alice/phone", token);
        time.Advance(TimeSpan.FromSeconds(1));
        await late.AcknowledgeAsync(0);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That((await late.EndAsync()).StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        var refused = Assert.ThrowsAsync<RpcException>(() => server.ConnectAsync("alice/phone", token));
        Assert.That(refused!.Status.Detail, Does.Contain("expired"));
    }

    [TestCase(0.5)]
    [TestCase(3600)]
    [TestCase(60 * 86_400)]
    public void It_ends_at_the_end_and_not_before_however_far_off_that_is(double seconds)
    {
        var time = new FakeTimeProvider();
        using var life = new StreamLife(new Kick(), CancellationToken.None);
        using var watch = new ExpiryWatch(time.GetUtcNow().AddSeconds(seconds), life, time);
        time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.That(life.Ending, Is.Null);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(life.Ending, Is.EqualTo(Ending.Expired));
    }

    [Test]
    public void What_never_ends_has_no_timer_and_what_has_ended_ends_at_once()
    {
        var time = new FakeTimeProvider();
        using var life = new StreamLife(new Kick(), CancellationToken.None);
        using (new ExpiryWatch(null, life, time))
            time.Advance(TimeSpan.FromDays(10_000));
        Assert.That(life.Ending, Is.Null);
        using var watch = new ExpiryWatch(time.GetUtcNow(), life, time);
        Assert.That(life.Ending, Is.EqualTo(Ending.Expired));
    }
}
