using Grpc.Core;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §2: one stream of a device takes the place of another, and how a stream ends.</summary>
[TestFixture]
public sealed class Section02_Replacement : ProtocolTests
{
    [Test]
    [Protocol("2.1", "2.45")]
    public async Task A_second_stream_of_the_device_ends_the_first_and_no_other()
    {
        var first = await ConnectAsync("alice/phone");
        var laptop = await ConnectAsync("alice/laptop");
        var second = await ConnectAsync("alice/phone");

        Assert.That((await first.EndAsync()).StatusCode, Is.EqualTo(StatusCode.Aborted));
        Assert.That(first.Trailers().GetValue("messaging-reason"), Is.EqualTo("replaced"));
        Assert.That((await laptop.SendAsync("bob", "1")).SignalOffsetState, Is.True);
        Assert.That((await second.SendAsync("bob", "2")).SignalOffsetState, Is.True);
    }

    [Test]
    [Protocol("2.47", "2.48", "4.43")]
    public async Task What_was_under_way_is_taken_or_not_and_sent_again_ends_up_once_and_in_order()
    {
        const int Count = 300;
        for (var round = 0; round < 5; round++)
        {
            var messages = Enumerable.Range(0, Count).Select(i => ProbeDevice.Text("bob", $"m-{round}-{i}")).ToList();
            var old = await ConnectAsync("alice/phone");
            var sending = SendUntilReplacedAsync(old, messages);
            await old.Until("some answers", () => old.Frames.Count > 20);
            var fresh = await ConnectAsync("alice/phone");
            var start = fresh.Frames[0].Signal.SignalOffset;
            foreach (var message in messages)
                await fresh.UpAsync(Up(message), isRepeat: true);
            await fresh.Until("all answers", () => Answers(fresh).Count() == Count);
            await sending;

            Assert.That((await old.EndAsync()).StatusCode, Is.EqualTo(StatusCode.Aborted));
            Assert.That(Answers(fresh).Select(answer => answer.SignalOffsetState), Is.All.True);
            Assert.That(
                Answers(fresh).Select(answer => answer.UserOffset), Is.EqualTo(Enumerable.Range((round * Count) + 1, Count)));
            Assert.That(start, Is.GreaterThanOrEqualTo(Answers(old).Count()), "what it answered it had taken before");
        }

        var bob = await ConnectReadyAsync("bob/phone");
        Assert.That(
            (await bob.MessagesAsync(5 * Count)).Select(message => message.UserOffset),
            Is.EqualTo(Enumerable.Range(1, 5 * Count)));

        static IEnumerable<Signal> Answers(ProbeDevice device) => device.Frames
            .Select(frame => frame.Signal).Where(signal => signal?.SignalAckState?.Send == true && signal.From is null);
    }

    [Test]
    [Protocol("2.45", "2.47")]
    public async Task Of_two_streams_that_race_to_replace_each_other_the_one_that_stays_works()
    {
        for (var round = 0; round < 20; round++)
        {
            var streams = await Task.WhenAll(OpenAsync(), OpenAsync());
            var opened = streams.OfType<ProbeDevice>().ToList();
            var works = await Task.WhenAll(opened.Select(device => WorksAsync(device, $"m-{round}-{opened.IndexOf(device)}")));
            Assert.That(works.Count(isLasting => isLasting), Is.EqualTo(1));
        }

        // Null where it was replaced before it had begun.
        Task<ProbeDevice?> OpenAsync() => Task.Run(async () =>
        {
            try
            {
                return await ConnectAsync("alice/phone");
            }
            catch (RpcException replaced) when (replaced.StatusCode == StatusCode.Aborted)
            {
                return null;
            }
        });

        // Both have been opened by now: one of them is replaced, and of no effect any more.
        static async Task<bool> WorksAsync(ProbeDevice device, string id)
        {
            try
            {
                return (await device.SendAsync("bob", id)).SignalOffsetState;
            }
            catch (Exception exception) when (exception is RpcException or InvalidOperationException or IOException)
            {
                Assert.That((await device.EndAsync()).StatusCode, Is.EqualTo(StatusCode.Aborted));
                return false;
            }
        }
    }

    [Test]
    [Protocol("2.49", "9.23")]
    public async Task A_half_close_is_answered_in_full_and_ends_with_ok()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < 500; i++)
            await alice.UpAsync(Up(ProbeDevice.Text("bob", $"m-{i}")));
        await alice.UpAsync(Up(Received(0, "last")));
        var ended = await alice.HalfCloseAsync();

        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.OK), ended.Detail);
        Assert.That(
            alice.Frames.Skip(1).Select(frame => frame.Signal.Id),
            Is.EqualTo(Enumerable.Range(0, 500).Select(i => $"m-{i}").Append("last")));
    }

    private static async Task SendUntilReplacedAsync(ProbeDevice device, IEnumerable<Message> messages)
    {
        try
        {
            foreach (var message in messages)
                await device.UpAsync(Up(message));
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException or IOException)
        {
            // It has been replaced.
        }
    }
}
