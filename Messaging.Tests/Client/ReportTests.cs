using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
internal sealed class ReportTests(StoreKind store) : ClientFixture(store)
{
    [Test]
    public async Task A_report_goes_to_the_messages_sender()
    {
        var stream = await ConnectAsync();
        var report = Client.ReportUnusableAsync(Received("m1", 1), "it does not decrypt").Answered();

        Assert.That((await stream.NextAsync()).Signal, Is.EqualTo(new Signal
        {
            Id = "m1",
            To = new V1.Identity { User = "bob" },
            Type = SignalKind.Error,
            Error = "it does not decrypt",
        }));
        stream.Send(Down.Taken("m1"));
        await report.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_report_goes_again_on_the_next_stream_until_it_is_answered()
    {
        var lost = await ConnectAsync();
        var report = Client.ReportUnusableAsync(Received("m1", 1), "no key").Answered();
        var first = await lost.NextAsync();
        lost.Break();
        var stream = (await Server.NextAsync()).Open();

        Assert.That(await stream.NextAsync(), Is.EqualTo(first));
        stream.Send(Down.NotAdvanced("m1"));
        Assert.That(await stream.NextAsync(), Is.EqualTo(first));
        stream.Send(Down.Taken("m1"));
        await report.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task A_report_that_is_refused_says_why()
    {
        var stream = await ConnectAsync();
        var report = Client.ReportUnusableAsync(Received("m1", 1), "no key").Answered();
        await stream.NextAsync();
        stream.Send(Down.Error("m1", "not_found: no such message"));

        Assert.That(async () => await report.WaitAsync(Waits.Deadline),
            Throws.TypeOf<ReportRefusedException>().With.Property("Code").EqualTo("not_found"));
    }

    [Test]
    public async Task A_refusal_that_may_be_about_two_things_counts_for_neither()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("m1");
        await stream.NextAsync();
        var report = Client.ReportUnusableAsync(Received("m1", 1), "no key").Answered();
        await stream.NextAsync();
        stream.Send(Down.Error("m1", "not_found: no such message"));
        var again = new[] { await stream.NextAsync(), await stream.NextAsync() };
        Assert.That(again.Select(f => f.BodyCase),
            Is.EquivalentTo(new[] { Frame.BodyOneofCase.Message, Frame.BodyOneofCase.Signal }));
        // The first frame of the message was stored, and its second one is a repeat.
        stream.Send(Down.Accepted("m1", 1, 1), Down.Accepted("m1", 1, 1));
        stream.Send(Down.Error("m1", "not_found: no such message"));

        await handle.Accepted.WaitAsync(Waits.Deadline);
        Assert.That(async () => await report.WaitAsync(Waits.Deadline), Throws.TypeOf<ReportRefusedException>());
    }

    [Test]
    public void A_reason_must_be_given_and_be_short()
    {
        foreach (var reason in new[] { "", new string('x', 1025) })
        {
            Assert.That(async () => await Client.ReportUnusableAsync(Received("m1", 1), reason),
                Throws.InstanceOf<ArgumentException>());
        }
    }
}
