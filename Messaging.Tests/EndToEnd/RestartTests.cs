using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>What a restart of the server changes: nothing that was said.</summary>
[TestFixture]
public sealed class RestartTests : ServerTests
{
    [Test]
    [Protocol("1.13", "2.21", "4.33")]
    public async Task Offsets_cursors_and_answers_stand_after_a_restart()
    {
        var alice = await ConnectAsync("alice/phone");
        var message = ProbeDevice.Text("bob", "m-1");
        var original = await alice.AskAsync(message);
        await alice.SendAsync("bob", "m-2");
        var bob = await ConnectAsync("bob/phone");
        await bob.MessagesAsync(2);
        await bob.AcknowledgeAsync(1);
        var epoch = bob.Epoch;
        await Server.RestartAsync();

        var aliceAgain = await ConnectReadyAsync("alice/phone", ("messaging-position", $"{epoch}/2"));
        Assert.That(aliceAgain.Epoch, Is.EqualTo(epoch));
        Assert.That(await aliceAgain.RepeatAsync(message), Is.EqualTo(original));
        var bobAgain = await ConnectAsync("bob/phone");
        Assert.That(bobAgain.Frames[0].Signal.SignalOffset, Is.EqualTo(1));
        Assert.That((await bobAgain.MessagesAsync(1))[0].Id, Is.EqualTo("m-2"));
        Assert.That((await aliceAgain.SendAsync("bob", "m-3")).UserOffset, Is.EqualTo(3));
    }

    [Test]
    [Protocol("9.28")]
    public async Task A_server_that_stops_answers_what_it_has_taken_and_tells_its_clients_to_reconnect()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < 100; i++)
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", $"m-{i}") });
        await alice.Until("the first answer", () => alice.Frames.Count > 1);
        await Server.StopAsync();
        var ended = await alice.EndAsync();

        // Now and then Kestrel closes the connection in peace (NO_ERROR) before the trailers are out.
        var isClosedInPeace = ended.DebugException is HttpProtocolException { ErrorCode: 0 }
            or { InnerException: HttpProtocolException { ErrorCode: 0 } };
        Assert.That(ended.StatusCode == Grpc.Core.StatusCode.Unavailable || isClosedInPeace, Is.True, ended.ToString());

        var accepted = alice.Frames.Skip(1).Count(frame => frame.Signal.SignalOffsetState);
        await Server.StartAgainAsync();
        var bob = await ConnectAsync("bob/phone");
        Assert.That(bob.Head, Is.EqualTo(accepted), "what was taken was answered");
    }
}
