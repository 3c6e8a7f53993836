using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §4: order across refusals. Another program holds the store's file while messages come.</summary>
[TestFixture]
public sealed class FenceTests : ServerTests
{
    private protected override string[] Settings => ["--Messaging:Ledger:MaxFenced=3"];

    [Test]
    [Protocol("4.27", "4.44", "4.45", "4.49", "9.2", "9.3")]
    public async Task What_was_refused_for_now_is_taken_in_the_order_in_which_it_first_came()
    {
        var alice = await ConnectAsync("alice/phone");
        await RefuseAsync(alice, "m-1");
        AssertRefused(await alice.SendAsync("bob", "m-2"), "aborted: ");
        AssertRefused(await alice.RepeatAsync(ProbeDevice.Text("bob", "m-2")), "aborted: ");

        Assert.That((await alice.RepeatAsync(ProbeDevice.Text("bob", "m-1"))).UserOffset, Is.EqualTo(1));
        AssertRefused(await alice.SendAsync("bob", "m-3"), "aborted: ");
        Assert.That((await alice.RepeatAsync(ProbeDevice.Text("bob", "m-2"))).UserOffset, Is.EqualTo(2));
        Assert.That((await alice.RepeatAsync(ProbeDevice.Text("bob", "m-3"))).UserOffset, Is.EqualTo(3));
        Assert.That((await alice.SendAsync("bob", "m-4")).UserOffset, Is.EqualTo(4), "the fence has fallen");
    }

    [Test]
    [Protocol("4.44")]
    public async Task Other_conversations_and_other_streams_are_not_held_up()
    {
        var alice = await ConnectAsync("alice/phone");
        var laptop = await ConnectAsync("alice/laptop");
        await RefuseAsync(alice, "m-1");

        Assert.That((await alice.SendAsync("carol", "c-1")).SignalOffsetState, Is.True);
        Assert.That((await laptop.SendAsync("bob", "m-2")).SignalOffsetState, Is.True);
        AssertRefused(await alice.SendAsync("bob", "m-3"), "aborted: ");
    }

    [Test]
    [Protocol("4.37")]
    public async Task A_repeat_of_what_is_stored_is_answered_whatever_the_fence_says()
    {
        var alice = await ConnectAsync("alice/phone");
        var stored = await alice.SendAsync("bob", "m-1");
        await RefuseAsync(alice, "m-2");

        Assert.That(await alice.RepeatAsync(ProbeDevice.Text("bob", "m-1")), Is.EqualTo(stored));
    }

    [Test]
    [Protocol("4.49")]
    public async Task The_fence_falls_when_what_waited_is_finally_refused()
    {
        var alice = await ConnectAsync("alice/phone");
        await RefuseAsync(alice, "m-1");
        var spoiled = ProbeDevice.Text("bob", "m-1");
        spoiled.Signature = "not base64!";
        Assert.That((await alice.RepeatAsync(spoiled)).Type, Is.EqualTo(SignalKind.Error));

        Assert.That((await alice.SendAsync("bob", "m-2")).UserOffset, Is.EqualTo(1));
    }

    [Test]
    [Protocol("4.50")]
    public async Task The_fence_falls_with_the_stream()
    {
        var alice = await ConnectAsync("alice/phone");
        await RefuseAsync(alice, "m-1");
        await DisconnectAsync(alice);

        var again = await ConnectAsync("alice/phone");
        Assert.That((await again.SendAsync("bob", "m-2")).UserOffset, Is.EqualTo(1));
    }

    [Test]
    [Protocol("4.51")]
    public async Task An_error_raises_no_fence()
    {
        var alice = await ConnectAsync("alice/phone");
        var spoiled = ProbeDevice.Text("bob", "m-1");
        spoiled.Signature = "not base64!";
        Assert.That((await alice.AskAsync(spoiled)).Type, Is.EqualTo(SignalKind.Error));

        Assert.That((await alice.SendAsync("bob", "m-2")).SignalOffsetState, Is.True);
    }

    [Test]
    [Protocol("4.46", "4.48", "9.28")]
    public async Task More_than_may_wait_end_the_stream()
    {
        var alice = await ConnectAsync("alice/phone");
        await RefuseAsync(alice, "m-1");
        await alice.SendAsync("bob", "m-2");
        await alice.SendAsync("bob", "m-3");
        await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", "m-4") });

        var ended = await alice.EndAsync();
        Assert.That(ended.StatusCode, Is.EqualTo(Grpc.Core.StatusCode.Unavailable), ended.Detail);
    }

    private async Task RefuseAsync(ProbeDevice device, string id)
    {
        await using (await Server.OccupyStoreAsync())
            AssertRefused(await device.SendAsync("bob", id), "unavailable: ");
    }

    private static void AssertRefused(Signal answer, string code)
    {
        Assert.That(answer.Type, Is.EqualTo(SignalKind.Response), answer.ToString());
        Assert.That(answer.SignalOffsetState, Is.False);
        Assert.That(answer.Error, Does.StartWith(code));
    }
}
