using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class AwarenessTests : ClientFixture
{
    [Test]
    public async Task A_hint_goes_to_the_user_or_the_one_device()
    {
        var stream = await ConnectAsync();
        await Client.WaitUntilConnectedAsync().WaitAsync(Waits.Deadline);

        var result = await Client.SendAwarenessAsync("bob", AwarenessStatus.Recording, "laptop", aboutId: "m1");

        Assert.That(result, Is.EqualTo(AwarenessResult.Sent));
        Assert.That((await stream.NextAsync()).Signal, Is.EqualTo(new Signal
        {
            Id = "m1",
            To = new V1.Identity { User = "bob", Device = "laptop" },
            Status = SignalStatus.Recording,
            Timestamp = Time.GetUtcNow().ToUnixTimeMilliseconds(),
        }));
    }

    [Test]
    public async Task A_hint_does_not_wait_for_a_stream()
    {
        _ = Client;
        var stream = await Server.NextAsync();

        var result = await Client.SendAwarenessAsync("bob", AwarenessStatus.Typing);
        stream.Open();
        await SettleAsync(stream);

        Assert.That(result, Is.EqualTo(AwarenessResult.NotConnected));
        Assert.That(stream.HasMore, Is.False);
    }

    [Test]
    public async Task A_hint_that_was_not_written_ends_with_its_stream()
    {
        var lost = await ConnectAsync();
        await Client.WaitUntilConnectedAsync().WaitAsync(Waits.Deadline);
        lost.HoldWrites();
        var hints = new List<Task<AwarenessResult>>();
        for (var i = 0; i < 70; i++)
            hints.Add(Client.SendAwarenessAsync("bob", AwarenessStatus.Typing));
        Assert.That(await hints[^1].WaitAsync(Waits.Deadline), Is.EqualTo(AwarenessResult.Dropped));
        lost.Break();
        var stream = (await Server.NextAsync()).Open();
        await SettleAsync(stream);

        Assert.That(await hints[60].WaitAsync(Waits.Deadline), Is.EqualTo(AwarenessResult.NotConnected));
        Assert.That(stream.HasMore, Is.False);
    }

    [Test]
    public async Task The_answer_to_a_hint_is_not_that_of_the_message_it_is_about()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("m1");
        await stream.NextAsync();
        await Client.SendAwarenessAsync("bob", AwarenessStatus.Notification, aboutId: "m1");
        await stream.NextAsync();
        stream.Send(Down.Taken("m1"));
        await SettleAsync(stream);
        Assert.That(handle.Accepted.IsCompleted, Is.False);
        stream.Send(Down.Accepted("m1", 1, 1));

        await handle.Accepted.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_refused_hint_does_not_refuse_the_message_it_is_about()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("m1");
        await stream.NextAsync();
        await Client.SendAwarenessAsync("bob", AwarenessStatus.Notification, aboutId: "m1");
        await stream.NextAsync();
        stream.Send(Down.Error("m1", "permission_denied: no hints"));
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("m1"));
        stream.Send(Down.Accepted("m1", 1, 1));

        await handle.Accepted.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_late_answer_to_a_hint_does_not_settle_the_report_that_goes_again()
    {
        Jitter = 1;
        var stream = await ConnectAsync();
        await Client.WaitUntilConnectedAsync().WaitAsync(Waits.Deadline);
        await Client.SendAwarenessAsync("bob", AwarenessStatus.Notification, aboutId: "m1");
        await stream.NextAsync();
        var report = Client.ReportUnusableAsync(Received("m1", 1), "no key").Answered();
        await stream.NextAsync();
        stream.Send(Down.NotAdvanced("m1"));
        await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), stream.NextAsync());
        // The hint's: the report has not been taken yet.
        stream.Send(Down.Taken("m1"));
        await SettleAsync(stream);
        Assert.That(report.IsCompleted, Is.False);
        // The report's; it is not clear that it is, so it goes once more.
        stream.Send(Down.Taken("m1"));
        await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), stream.NextAsync());
        stream.Send(Down.Taken("m1"));

        await report.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_refused_hint_without_an_id_does_not_refuse_the_read_beside_it()
    {
        var stream = await ConnectAsync();
        await Client.WaitUntilConnectedAsync().WaitAsync(Waits.Deadline);
        await Client.SendAwarenessAsync("bob", AwarenessStatus.Typing);
        await stream.NextAsync();
        var read = Client.MarkReadAsync("bob", 3).Answered();
        var sent = await stream.NextAsync();
        stream.Send(Down.Error("", "permission_denied: no hints"));
        Assert.That(await stream.NextAsync(), Is.EqualTo(sent));
        stream.Send(Down.Error("", "out_of_range: past the head"));

        await Assert.ThatAsync(() => read.WaitAsync(Waits.Deadline), Throws.TypeOf<ReadRefusedException>());
    }

    [Test]
    public void Played_is_no_awareness() =>
        Assert.That(async () => await Client.SendAwarenessAsync("bob", (AwarenessStatus)3),
            Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public async Task Watchers_see_what_others_are_doing()
    {
        var stream = await ConnectAsync();
        await using var hints = Client.WatchAwarenessAsync().GetAsyncEnumerator();
        var next = hints.MoveNextAsync().AsTask();
        stream.Send(Down.Awareness(SignalStatus.Typing, id: "m1"));

        Assert.That(await next.WaitAsync(Waits.Deadline), Is.True);
        Assert.That(hints.Current, Is.EqualTo(new Awareness
        {
            From = new("bob", "laptop"),
            To = new("alice", ""),
            Status = AwarenessStatus.Typing,
            AboutId = "m1",
            Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(1),
        }));
    }

    [TestCase(64, "user 0")]
    [TestCase(65, "user 2")]
    public async Task A_watcher_that_is_behind_gets_the_newest_of_each_sender(int senders, string oldest)
    {
        var stream = await ConnectAsync();
        await using var hints = Client.WatchAwarenessAsync().GetAsyncEnumerator();
        var first = hints.MoveNextAsync().AsTask();
        stream.Send(Down.Awareness(SignalStatus.Chatting, "zed"));
        await first.WaitAsync(Waits.Deadline);
        for (var sender = 0; sender < senders; sender++)
            stream.Send(Down.Awareness(SignalStatus.Typing, $"user {sender}"));
        stream.Send(Down.Awareness(SignalStatus.Paused, "user 1"));
        await SettleAsync(stream);
        await Client.DisposeAsync();

        var seen = new List<(string, AwarenessStatus)>();
        while (await hints.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline))
            seen.Add((hints.Current.From.User, hints.Current.Status));

        Assert.That(seen, Has.Count.EqualTo(64));
        Assert.That(seen[0].Item1, Is.EqualTo(oldest));
        Assert.That(seen[^1], Is.EqualTo(("user 1", AwarenessStatus.Paused)));
    }
}
