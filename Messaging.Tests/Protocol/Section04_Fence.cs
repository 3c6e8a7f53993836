using Grpc.Core;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §4: the order of messages across refusals, kept by the fence, over a store that is busy for a while.</summary>
[TestFixture]
public sealed class Section04_Fence : ProtocolTests
{
    private const int MaxFenced = 4;

    private readonly FakeTimeProvider time = new();

    private protected override string[] Settings =>
        [$"--Messaging:Ledger:MaxFenced={MaxFenced}", "--Messaging:Streams:FenceTimeout=00:01:00"];

    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<TimeProvider>(time);

    [Test]
    [Protocol("4.44", "4.45", "4.49", "9.2", "9.3")]
    public async Task Refused_messages_are_taken_in_the_order_in_which_they_first_came()
    {
        var alice = await ConnectAsync("alice/phone");
        Assert.That(await RefusedAsync(alice, "m-1", "m-2"), Is.EqualTo(new[] { "unavailable", "unavailable" }));

        Assert.That(await SendAsync(alice, "m-3"), Is.EqualTo("aborted"), "the store is well again, but m-1 waits");
        Assert.That(await SendAsync(alice, "m-2"), Is.EqualTo("aborted"));
        Assert.That((await alice.SendAsync("carol", "c-1")).UserOffset, Is.EqualTo(1), "another conversation goes on");
        Assert.That(await SendAsync(alice, "m-1"), Is.EqualTo("1"));
        Assert.That(await SendAsync(alice, "m-3"), Is.EqualTo("aborted"), "m-2 waits");
        Assert.That(await SendAsync(alice, "m-4"), Is.EqualTo("aborted"));
        Assert.That(await SendAsync(alice, "m-2"), Is.EqualTo("2"));
        Assert.That(await SendAsync(alice, "m-3"), Is.EqualTo("3"));
        Assert.That(await SendAsync(alice, "m-4"), Is.EqualTo("4"));
        Assert.That(await SendAsync(alice, "m-5"), Is.EqualTo("5"), "the fence has fallen");
    }

    [Test]
    [Protocol("4.27", "4.43", "4.44", "4.45")]
    public async Task Messages_in_flight_when_the_store_is_busy_keep_their_order_through_blind_retries()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m-0");
        var ids = Enumerable.Range(1, MaxFenced).Select(i => $"m-{i}").ToList();
        var waiting = ids.ToList();
        for (var round = 0; waiting.Count > 0; round++)
        {
            var before = alice.Frames.Count;
            var busy = round < 3 ? await Server.OccupyStoreAsync() : null;
            foreach (var id in waiting)
                await alice.UpAsync(Up(ProbeDevice.Text("bob", id)));
            await alice.Until("all answers", () => alice.Frames.Count == before + waiting.Count);
            if (busy is not null)
                await busy.DisposeAsync();
            foreach (var answer in alice.Frames.Skip(before).Select(frame => frame.Signal))
            {
                Assert.That((answer.Type, answer.SignalOffsetState), Is.EqualTo((SignalKind.Response, !answer.HasError)));
                if (answer.SignalOffsetState)
                    waiting.Remove(answer.Id);
            }
        }

        var bob = await ConnectAsync("bob/phone");
        Assert.That(
            (await bob.MessagesAsync(MaxFenced + 1)).Select(message => message.Id), Is.EqualTo(ids.Prepend("m-0")));
    }

    [Test]
    [Protocol("4.37")]
    public async Task A_repeat_of_a_stored_message_is_answered_true_whatever_the_fence_says()
    {
        var alice = await ConnectAsync("alice/phone");
        var stored = await alice.SendAsync("bob", "stored");
        await RefusedAsync(alice, "m-1");

        Assert.That(await alice.RepeatAsync(ProbeDevice.Text("bob", "stored")), Is.EqualTo(stored));
        Assert.That(Code(await alice.RepeatAsync(ProbeDevice.Text("bob", "stored", "other"))), Is.EqualTo("already_exists"));
        var wrong = ProbeDevice.Text("bob", "stored");
        wrong.From = new Identity { User = "carol" };
        Assert.That(Code(await alice.RepeatAsync(wrong)), Is.EqualTo("permission_denied"), "identity comes first");
        wrong.Encrypted = "AAAA";
        Assert.That(Code(await alice.RepeatAsync(wrong)), Is.EqualTo("invalid_argument"), "shape comes before");
        Assert.That(await SendAsync(alice, "m-2"), Is.EqualTo("aborted"), "the fence stands");
    }

    [Test]
    [Protocol("4.37", "4.49")]
    public async Task Nobody_waits_for_a_repeat_that_was_refused_though_it_is_stored()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "stored");
        await using (await Server.OccupyStoreAsync())
            Assert.That(Code(await alice.RepeatAsync(ProbeDevice.Text("bob", "stored"))), Is.EqualTo("unavailable"));

        Assert.That(await SendAsync(alice, "m-1"), Is.EqualTo("2"));
    }

    [Test]
    [Protocol("4.49")]
    public async Task Nobody_waits_for_a_message_that_was_refused_for_good_while_the_store_was_busy()
    {
        var alice = await ConnectAsync("alice/phone");
        var spoilt = ProbeDevice.Text("bob", "m-1");
        spoilt.Encrypted = "AAAA";
        await using (await Server.OccupyStoreAsync())
        {
            Assert.That(await SendAsync(alice, "m-1"), Is.EqualTo("unavailable"));
            Assert.That(await SendAsync(alice, "m-2"), Is.EqualTo("unavailable"));
            Assert.That(Code(await alice.RepeatAsync(spoilt)), Is.EqualTo("invalid_argument"));
        }

        Assert.That(await SendAsync(alice, "m-2"), Is.EqualTo("1"));
    }

    [Test]
    [Protocol("4.50", "4.43", "4.52")]
    public async Task The_fence_falls_with_the_stream_and_a_client_that_sends_again_in_order_keeps_it()
    {
        var alice = await ConnectAsync("alice/phone");
        await RefusedAsync(alice, "m-1", "m-2");
        await DisconnectAsync(alice);

        alice = await ConnectAsync("alice/phone");
        Assert.That(await SendAsync(alice, "other"), Is.EqualTo("1"), "nothing waits on this stream");
        Assert.That(await SendAsync(alice, "m-1"), Is.EqualTo("2"));
        Assert.That(await SendAsync(alice, "m-2"), Is.EqualTo("3"));
    }

    [Test]
    [Protocol("4.46", "4.48", "9.28")]
    public async Task Past_as_many_as_may_wait_over_all_conversations_the_stream_ends()
    {
        var alice = await ConnectAsync("alice/phone");
        await using (await Server.OccupyStoreAsync())
        {
            foreach (var (to, id) in new[] { ("bob", "m-1"), ("carol", "c-1"), ("bob", "m-2"), ("carol", "c-2") })
                Assert.That(Code(await alice.SendAsync(to, id)), Is.EqualTo("unavailable"));
        }

        Assert.That(await SendAsync(alice, "m-2"), Is.EqualTo("aborted"), "it waits already, and counts once");
        Assert.That((await alice.SendAsync("dave", "d-1")).SignalOffsetState, Is.True, "this one need not wait");
        await alice.UpAsync(Up(ProbeDevice.Text("bob", "m-3")));
        Assert.That((await alice.EndAsync()).StatusCode, Is.EqualTo(StatusCode.Unavailable));
    }

    [Test]
    [Protocol("4.47", "4.48", "9.28")]
    public async Task Where_none_of_those_that_wait_has_come_again_for_a_minute_the_stream_ends()
    {
        var alice = await ConnectAsync("alice/phone");
        await using (await Server.OccupyStoreAsync())
        {
            await SendAsync(alice, "m-1");
            await alice.SendAsync("carol", "c-1");
        }

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.That(Code(await alice.SendAsync("carol", "c-2")), Is.EqualTo("aborted"));
        Assert.That((await alice.SendAsync("carol", "c-1")).UserOffset, Is.EqualTo(1), "one of those has come again");
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.That(await SendAsync(alice, "m-1"), Is.EqualTo("1"), "the stream lives");

        // c-2 waits yet. What does not is no retry, however much of it comes.
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.That(await SendAsync(alice, "m-2"), Is.EqualTo("2"));
        Assert.That(Code(await alice.SendAsync("carol", "c-3")), Is.EqualTo("aborted"));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.That((await alice.EndAsync()).StatusCode, Is.EqualTo(StatusCode.Unavailable));
    }

    [Test]
    [Protocol("9.2")]
    public async Task Whatever_needs_the_store_is_refused_for_now_and_works_again_by_itself()
    {
        await AliceWritesAsync(2);
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        Signal[] signals =
        [
            Received(1, "a"), Read("alice", "m-1"),
            new() { Id = "m-2", Type = SignalKind.Error, To = new Identity { User = "alice" }, Error = "no" },
        ];
        await using (await Server.OccupyStoreAsync())
        {
            foreach (var signal in signals)
            {
                Assert.That(await bob.AskAsync(signal), Is.EqualTo(new Signal
                {
                    Id = signal.Id,
                    Type = SignalKind.Response,
                    SignalType = SignalType.Sender,
                    Error = "unavailable: the store is busy; send it again after a while",
                }));
            }

            Assert.That(Assert.ThrowsAsync<RpcException>(() => ConnectAsync("carol/phone")).StatusCode,
                Is.EqualTo(StatusCode.Unavailable));
        }

        foreach (var signal in signals)
            Assert.That((await bob.AskAsync(signal)).SignalOffsetState, Is.True, signal.ToString());
        await ConnectAsync("carol/phone");
    }

    private async Task<List<string>> RefusedAsync(ProbeDevice device, params string[] ids)
    {
        var codes = new List<string>();
        await using (await Server.OccupyStoreAsync())
        {
            foreach (var id in ids)
                codes.Add(await SendAsync(device, id));
        }

        return codes;
    }

    /// <summary>Sends to bob; the answer's code, or where it was taken its place in the conversation.</summary>
    private static async Task<string> SendAsync(ProbeDevice device, string id)
    {
        var answer = await device.SendAsync("bob", id);
        return answer.HasError ? Code(answer) : $"{answer.UserOffset}";
    }
}
