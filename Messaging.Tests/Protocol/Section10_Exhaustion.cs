using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §10 from outside: the last offsets there are, and what comes after them.</summary>
[TestFixture]
public sealed class Section10_Exhaustion : ProtocolTests
{
    private const int Last = int.MaxValue;

    [TestCase("alice")]
    [TestCase("bob")]
    [Protocol("10.1", "10.2", "10.3", "4.37", "9.13")]
    public async Task A_sequence_ends_with_its_last_offset_and_the_stream_goes_on(string full)
    {
        await ConnectAsync("alice/phone");
        await ConnectAsync("bob/phone");
        await EditLedgerAsync(
            $"UPDATE user SET head = {Last - 2}, settled = {Last - 2} WHERE name = '{full}'; "
            + $"UPDATE device SET cursor = {Last - 2} WHERE user = (SELECT key FROM user WHERE name = '{full}')");
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        Assert.That((full == "alice" ? alice : bob).Head, Is.EqualTo(Last - 2));

        var first = await alice.SendAsync("bob", "m-1");
        await alice.SendAsync("bob", "m-2");
        foreach (var id in new[] { "m-3", "m-4" })
        {
            var refused = await alice.SendAsync("bob", id);
            Assert.That((refused.Type, Code(refused)), Is.EqualTo((SignalKind.Error, "out_of_range")));
        }

        Assert.That(await alice.RepeatAsync(ProbeDevice.Text("bob", "m-1")), Is.EqualTo(first));
        var messages = await bob.MessagesAsync(2);
        Assert.That(messages.Select(message => message.UserOffset), Is.EqualTo(new[] { 1, 2 }));
        var head = full == "bob" ? Last : 2;
        Assert.That(messages[1].SignalOffset, Is.EqualTo(head));
        Assert.That((await bob.AcknowledgeAsync(head)).SignalOffset, Is.EqualTo(head));
        Assert.That(await bob.AskAsync(Reread(head, "r")), Is.EqualTo(Position(head, "r")));
        Assert.That((await alice.SendAsync("carol", "m")).SignalOffsetState, Is.EqualTo(full == "bob"));
    }

    [Test]
    [Protocol("10.1", "10.2")]
    public async Task A_timeline_ends_with_its_last_offset_and_others_go_on()
    {
        await ConnectAsync("alice/phone");
        await ConnectAsync("bob/phone");
        await EditLedgerAsync(
            $"""
            INSERT INTO conversation (key, members, head)
                SELECT 1, group_concat(key, ','), {Last - 1} FROM (SELECT key FROM user ORDER BY key);
            INSERT INTO member (conversation, user) SELECT 1, key FROM user;
            """);
        var alice = await ConnectAsync("alice/phone");

        Assert.That((await alice.SendAsync("bob", "m-1")).UserOffset, Is.EqualTo(Last));
        Assert.That(Code(await alice.SendAsync("bob", "m-2")), Is.EqualTo("out_of_range"));
        Assert.That((await alice.SendAsync("carol", "m-2")).UserOffset, Is.EqualTo(1), "the id was not used up");
        var bob = await ConnectAsync("bob/phone");
        Assert.That((await bob.MessagesAsync(1))[0].UserOffset, Is.EqualTo(Last));
        Assert.That((await bob.ReadAsync("alice", "m-1")).UserOffset, Is.EqualTo(Last));
    }
}
