using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class RereadTests : ClientFixture
{
    [Test]
    [Protocol("5.12")]
    public async Task A_gap_is_read_again_on_the_same_stream()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(1), Down.Message(3));
        var asked = await NextRereadAsync(stream);
        Assert.That(asked, Is.EqualTo(new Signal { Type = SignalKind.Request, SignalOffset = 1, Id = asked.Id }));
        Assert.That(asked.Id, Is.Not.Empty);

        stream.Send(Down.Position(1, asked.Id), Down.Message(2), Down.Message(3));

        Assert.That(await ReadAsync(3), Is.EqualTo(new[] { "m1", "m2", "m3" }));
    }

    [Test]
    public async Task What_comes_before_the_answer_is_not_in_line()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(2));
        var asked = await NextRereadAsync(stream);
        // A heartbeat that the client took for the answer, or for an account of what is missing, would lose entry 1.
        stream.Send(Down.Message(3), Down.Position(3), Down.Receipt(4, 1));
        stream.Send(Down.Position(0, asked.Id), Down.Message(1), Down.Message(2), Down.Message(3));

        Assert.That(await ReadAsync(3), Is.EqualTo(new[] { "m1", "m2", "m3" }));
        Assert.That(stream.HasMore ? (await stream.NextAsync()).Signal.Type : default, Is.Not.EqualTo(SignalKind.Request));
    }

    [Test]
    public async Task The_answer_may_account_for_what_is_no_longer_retained()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(5));
        var asked = await NextRereadAsync(stream);
        stream.Send(Down.Position(4, asked.Id), Down.Message(5));

        Assert.That(await ReadAsync(1), Is.EqualTo(new[] { "m5" }));
    }

    [Test]
    public async Task Own_entries_that_come_again_are_acknowledged_and_not_handed_out()
    {
        var stream = await ConnectAsync();
        await SendAsync("a");
        await stream.NextAsync();
        stream.Send(Down.Message(3));
        var asked = await NextRereadAsync(stream);
        stream.Send(Down.Accepted("a", offset: 1, userOffset: 1));
        stream.Send(Down.Position(0, asked.Id), Down.Message(1, "a", "alice", SignalType.Sender));

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
        stream.Send(Down.Message(2));
        Assert.That(await ReadAsync(1), Is.EqualTo(new[] { "m2" }));
    }

    [Test]
    public async Task Entries_sent_again_from_further_back_are_acknowledged_again()
    {
        var stream = (await ConnectAsync()).Send(Down.Receipt(1, 1), Down.Receipt(2, 2));
        while (await NextAcknowledgementAsync(stream) < 2)
        {
        }
        stream.Send(Down.Receipt(4, 1));
        var asked = await NextRereadAsync(stream);
        stream.Send(Down.Position(1, asked.Id), Down.Receipt(2, 2));

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(2));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_reread_that_is_refused_costs_the_stream(bool forNow)
    {
        var lost = (await ConnectAsync()).Send(Down.Message(2));
        var asked = await NextRereadAsync(lost);
        lost.Send(forNow ? Down.NotAdvanced(asked.Id) : Down.Error(asked.Id, "out_of_range: past the head"));

        (await Server.NextAsync()).Open().Send(Down.Message(1));

        Assert.That(await ReadAsync(1), Is.EqualTo(new[] { "m1" }));
    }

    [Test]
    public async Task A_reread_that_leads_to_the_same_gap_costs_the_stream()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(2));
        var asked = await NextRereadAsync(lost);
        lost.Send(Down.Position(0, asked.Id), Down.Message(2));

        (await Server.NextAsync()).Open().Send(Down.Message(1));

        Assert.That(await ReadAsync(1), Is.EqualTo(new[] { "m1" }));
    }

    [Test]
    public async Task A_reread_that_is_not_answered_costs_the_stream_whatever_else_comes()
    {
        var lost = (await ConnectAsync()).Send(Down.Message(2));
        await NextRereadAsync(lost);
        var next = Server.NextAsync();
        for (var seconds = 0; seconds < Options.OpenTimeout.TotalSeconds && !next.IsCompleted; seconds++)
        {
            lost.Send(Down.Awareness(SignalStatus.Typing));
            await SettleAsync(lost);
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(1), next);
    }

    [Test]
    public async Task Each_gap_has_a_reread_of_its_own()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(2));
        var first = await NextRereadAsync(stream);
        stream.Send(Down.Position(0, first.Id), Down.Message(1), Down.Message(3));
        var second = await NextRereadAsync(stream);
        Assert.That(second.SignalOffset, Is.EqualTo(1));
        Assert.That(second.Id, Is.Not.EqualTo(first.Id));
        stream.Send(Down.Position(1, second.Id), Down.Message(2));

        Assert.That(await ReadAsync(2), Is.EqualTo(new[] { "m1", "m2" }));
    }

    private static async Task<Signal> NextRereadAsync(ScriptedStream stream)
    {
        while (true)
        {
            if ((await stream.NextAsync()).Signal is { Type: SignalKind.Request } asked)
                return asked;
        }
    }

    private async Task<List<string>> ReadAsync(int count)
    {
        var ids = new List<string>();
        while (ids.Count < count)
            ids.Add((await ReadAsync()).Id);
        return ids;
    }
}
