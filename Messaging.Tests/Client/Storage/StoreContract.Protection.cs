using System.Text;
using Google.Protobuf;
using Messaging.Client.Connection;
using Messaging.Client.Outbox;
using Messaging.Client.Storage;
using Messaging.Tests.Client.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client.Storage;

internal partial class StoreContract
{
    [Test]
    public async Task The_history_has_the_plain_text_of_what_goes_up_as_other_bytes()
    {
        await WriteAsync(new AddMessage(1, Sealed("a", "c2VhbGVk")) { Plain = Plain("hello") });
        await WriteAsync(new AddMessage(2, Sealed("b", "ZW1wdHk=")) { Plain = Plain("") });
        await NextClientAsync();

        Assert.That((await LoadAsync()).Entries.Select(e => e.Frame.Message.Encrypted),
            Is.EqualTo(new[] { "c2VhbGVk", "ZW1wdHk=" }));
        var history = await MessagesAsync();
        Assert.That(history.Select(m => Text(m.Payload)), Is.EqualTo(new[] { "hello", "" }));
        Assert.That(history.Select(m => m.Encrypted), Is.EqualTo(new[] { "c2VhbGVk", "ZW1wdHk=" }));
        Assert.That(history.Select(m => m.Unusable), Is.All.Null);
        Assert.That(Text((await ConversationsAsync()).Single().LastMessage!.Payload), Is.Empty);
    }

    [Test]
    public async Task A_parked_message_keeps_its_plain_text_and_goes_again_as_the_same_bytes()
    {
        await WriteAsync(new AddMessage(1, Sealed("a", "c2VhbGVk")) { Plain = Plain("hello") });
        await ParkAsync(1);
        await NextClientAsync();

        var parked = (await ParkedAsync()).Single();
        Assert.That(Text(FromOutbox.Parked(parked).Message.Payload), Is.EqualTo("hello"));
        Assert.That(FromOutbox.Parked(parked).Message.Encrypted, Is.Empty);
        await WriteAsync(new AddMessage(2, parked.Frame.Message) { Plain = parked.Plain });
        await NextClientAsync();

        Assert.That((await LoadAsync()).Entries.Single().Frame.Message, Is.EqualTo(Sealed("a", "c2VhbGVk")));
        Assert.That(Text((await MessagesAsync()).Single().Payload), Is.EqualTo("hello"));
    }

    [TestCase("hello", 1_000, "Zmlyc3Q=")]
    [TestCase("other", 1_000, "c2Vjb25k")]
    [TestCase("hello", 1_001, "c2Vjb25k")]
    public async Task What_the_application_repeats_goes_as_the_bytes_of_the_first_time(
        string text, long timestamp, string expected)
    {
        await WriteAsync(new AddMessage(1, Sealed("a", "Zmlyc3Q=")) { Plain = Plain("hello") });
        await WriteAsync(new Accept(1, new(1, 1, DateTimeOffset.UnixEpoch)));
        await NextClientAsync();
        var again = Sealed("a", "c2Vjb25k");
        again.Timestamp = timestamp;
        var add = new AddMessage(2, again) { Plain = Plain(text) };

        await WriteAsync(add);

        Assert.That(add.Earlier?.Encrypted, Is.EqualTo(expected == "Zmlyc3Q=" ? expected : null));
        await ParkAsync(2, "already_exists");
        await NextClientAsync();
        var parked = (await ParkedAsync()).Single();
        Assert.That(parked.Frame.Message.Encrypted, Is.EqualTo(expected));
        Assert.That(parked.Plain!.ToStringUtf8(), Is.EqualTo(text));
        Assert.That(Text((await MessagesAsync()).Single().Payload), Is.EqualTo("hello"), "what was accepted stands");
    }

    [Test]
    public async Task What_has_come_is_kept_as_it_was_opened_or_with_why_it_was_not()
    {
        await WriteAsync(Incoming("m1", 1, "hello", null));
        await WriteAsync(Incoming("m2", 2, "", "it does not decrypt"));
        await NextClientAsync();

        var history = await MessagesAsync();

        Assert.That(history.Select(m => (Text(m.Payload), m.Unusable)),
            Is.EqualTo(new[] { ("hello", null), ("", "it does not decrypt") }));
        Assert.That(history.Select(m => m.Error), Is.All.Null);
        Assert.That(await UnreadAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_report_joins_the_outbox_with_its_message_and_not_with_one_that_is_known()
    {
        var report = new StoredEntry(7, new Frame { Signal = new Signal { Id = "m1", Type = SignalKind.Error } });
        var first = Incoming("m1", 1, "", "it does not decrypt") with { Report = report };
        var again = Incoming("m1", 1, "", "it does not decrypt") with { Report = report with { Sequence = 8 } };

        await WriteAsync(first);
        await WriteAsync(again);
        await NextClientAsync();

        Assert.That((first.IsReported, again.IsReported), Is.EqualTo((true, false)));
        var entry = (await LoadAsync()).Entries.Single();
        Assert.That((entry.Sequence, entry.Frame), Is.EqualTo((7, report.Frame)));
    }

    private static Message Sealed(string id, string encrypted) => new()
    {
        Id = id,
        To = new V1.Identity { User = "bob" },
        Timestamp = 1_000,
        EncryptionType = "AES256",
        Encrypted = encrypted,
    };

    private TakeMessage Incoming(string id, int userOffset, string plain, string? unusable)
    {
        var frame = Down.Message(++_offset, id).Message;
        frame.UserOffset = userOffset;
        frame.EncryptionType = "AES256";
        frame.Encrypted = "c2VhbGVk";
        return new TakeMessage(frame,
            FromWire.Message(frame) with { Payload = Plain(plain).Memory, Unusable = unusable },
            IsHandedOut: Store.IsDurable);
    }

    private static ByteString Plain(string text) => ByteString.CopyFromUtf8(text);

    private static string Text(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);
}
