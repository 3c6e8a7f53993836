using Google.Protobuf;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §4: the sending user and an id name a message for ever.</summary>
[TestFixture]
public sealed class Section04_Duplicates : ProtocolTests
{
    private static readonly Message Sent = new()
    {
        Id = "m",
        To = new Identity { User = "bob", Device = "phone" },
        Timestamp = 7,
        EncryptionType = "E2E",
        Encrypted = "q83v",
        Signature = "AQID",
    };

    [Test]
    [Protocol("4.29", "4.33", "4.34", "4.35", "4.36")]
    public async Task The_same_message_again_is_answered_alike_wherever_and_whenever_it_comes()
    {
        var bob = await ConnectAsync("bob/phone");
        var phone = await ConnectAsync("alice/phone");
        var laptop = await ConnectAsync("alice/laptop");
        var original = await phone.AskAsync(Sent.Clone());
        await phone.SendAsync("bob", "later");
        Assert.That(await phone.RepeatAsync(Sent), Is.EqualTo(original));
        Assert.That(await laptop.RepeatAsync(Sent), Is.EqualTo(original));
        await DisconnectAsync(phone);
        phone = await ConnectAsync("alice/phone");
        Assert.That(await phone.RepeatAsync(Sent), Is.EqualTo(original));
        await bob.MessagesAsync(2);
        Assert.That(await SoFarAsync(bob, behind: 1), Has.Count.EqualTo(2), "nothing is delivered again");

        await Server.RestartAsync();
        phone = await ConnectAsync("alice/phone");
        Assert.That(await phone.RepeatAsync(Sent), Is.EqualTo(original));
        Assert.That(phone.Head, Is.EqualTo(2), "nothing is stored again");
    }

    private static IEnumerable<TestCaseData> Variants()
    {
        yield return Case("nothing", _ => { }, isSame: true);
        yield return Case("from", message => message.From = new Identity { User = "alice", Device = "phone" }, isSame: true);
        yield return Case("what the server owns", message => message.UserOffset = 7, isSame: true);
        yield return Case("to.user", message => message.To.User = "carol");
        yield return Case("to.device", message => message.To.Device = "");
        yield return Case("timestamp", message => message.Timestamp++);
        yield return Case("encryption_type", message => message.EncryptionType = "e2e");
        yield return Case("encrypted", message => message.Encrypted = "q83w");
        yield return Case("signature", message => message.Signature = "");
        yield return Case(
            "payload", message => (message.Payload, message.EncryptionType, message.Encrypted) = (ByteString.CopyFromUtf8("q83v"), "", ""));

        static TestCaseData Case(string name, Action<Message> change, bool isSame = false) =>
            new TestCaseData(change, isSame).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Variants))]
    [Protocol("4.30", "4.32", "4.39")]
    public async Task A_message_is_the_same_where_its_content_is(Action<Message> change, bool isSame)
    {
        var alice = await ConnectAsync("alice/phone");
        var original = await alice.AskAsync(Sent.Clone());
        var again = Sent.Clone();
        change(again);
        var answer = await alice.RepeatAsync(again);

        if (isSame)
            Assert.That(answer, Is.EqualTo(original));
        else
            Assert.That((answer.Type, Code(answer)), Is.EqualTo((SignalKind.Error, "already_exists")));
        Assert.That((await ConnectAsync("carol/phone")).Head, Is.Zero);
        Assert.That((await ConnectAsync("alice/laptop")).Head, Is.EqualTo(1));
    }

    [Test]
    [Protocol("4.31")]
    public async Task An_encryption_type_of_none_is_as_if_left_out()
    {
        var alice = await ConnectAsync("alice/phone");
        var plain = ProbeDevice.Text("bob", "m");
        var spelled = plain.Clone();
        spelled.EncryptionType = "none";
        var original = await alice.AskAsync(plain);
        Assert.That(await alice.RepeatAsync(spelled), Is.EqualTo(original));

        spelled.EncryptionType = "NONE";
        Assert.That(Code(await alice.RepeatAsync(spelled)), Is.EqualTo("invalid_argument"), "case counts");
    }

    [Test]
    [Protocol("4.38")]
    public async Task A_repeat_is_known_when_the_message_is_there_no_longer()
    {
        var alice = await ConnectAsync("alice/phone");
        var original = await alice.AskAsync(Sent.Clone());
        await ExpireAsync("m");
        alice = await ConnectAsync("alice/phone");
        Assert.That(await alice.RepeatAsync(Sent), Is.EqualTo(original));
        var other = Sent.Clone();
        other.Timestamp++;
        Assert.That(Code(await alice.RepeatAsync(other)), Is.EqualTo("already_exists"));

        var bob = await ConnectAsync("bob/phone");
        await bob.Until("the offset is accounted for", () => bob.Position == 1);
        Assert.That(bob.Messages, Is.Empty);
    }

    [Test]
    [Protocol("4.40", "4.51")]
    public async Task A_refused_message_has_not_used_up_its_id_and_an_error_holds_up_nobody()
    {
        var alice = await ConnectAsync("alice/phone");
        var bad = ProbeDevice.Text("bob", "m", "bad");
        bad.Signature = "not base64";
        Assert.That(Code(await alice.AskAsync(bad)), Is.EqualTo("invalid_argument"));
        Assert.That((await alice.SendAsync("bob", "next")).UserOffset, Is.EqualTo(1), "no fence was raised");
        await using (await Server.OccupyStoreAsync())
            Assert.That(Code(await alice.SendAsync("carol", "m", "refused for now")), Is.EqualTo("unavailable"));

        var taken = await alice.SendAsync("bob", "m", "other content");
        Assert.That((taken.SignalOffset, taken.UserOffset, taken.SignalOffsetState), Is.EqualTo((2, 2, true)));
    }

    [Test]
    [Protocol("4.41")]
    public async Task The_ids_of_different_users_never_meet()
    {
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        Assert.That((await alice.SendAsync("bob", "m", "of alice")).UserOffset, Is.EqualTo(1));
        Assert.That((await bob.SendAsync("alice", "m", "of bob")).UserOffset, Is.EqualTo(2));
        Assert.That((await alice.MessagesAsync(1))[0].Payload.ToStringUtf8(), Is.EqualTo("of bob"));
    }

    [Test]
    [Protocol("4.42")]
    public async Task Any_text_will_do_as_an_id()
    {
        var alice = await ConnectAsync("alice/phone");
        string[] ids =
        [
            " ", "0", "null", "'; --", "a/b\\c", "\u00e9", "e\u0301", "\U0001F4F1", "\u200d", "%41", "A", "a",
            new('x', 128), string.Concat(Enumerable.Repeat("\u00e9", 64)), Guid.CreateVersion7().ToString(),
        ];
        for (var i = 0; i < ids.Length; i++)
        {
            var answer = await alice.SendAsync("bob", ids[i]);
            Assert.That((answer.Id, answer.UserOffset), Is.EqualTo((ids[i], i + 1)));
        }

        var bob = await ConnectAsync("bob/phone");
        Assert.That((await bob.MessagesAsync(ids.Length)).Select(message => message.Id), Is.EqualTo(ids));
    }
}
