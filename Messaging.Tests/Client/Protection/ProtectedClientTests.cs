using System.Collections.Concurrent;
using System.Text;
using Google.Protobuf;
using Messaging.Client;
using Messaging.Client.Protection;
using Messaging.Tests.Client.Support;
using Messaging.V1;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Messaging.Tests.Client.Protection;

/// <summary>A client with a protector against a scripted server.</summary>
[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
internal sealed class ProtectedClientTests(StoreKind store) : ClientFixture(store)
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private readonly ConcurrentQueue<string> _log = [];
    private int _probes;
    private readonly CountingProtector _protector = new(new AesGcmProtector(
        new KnownKeys().Add("bob", "k1", Key).Add("alice", "k1", Key)));

    protected override MessagingClientOptions Options => base.Options with
    {
        Protector = _protector,
        LoggerFactory = new TextLog(_log),
        MaxUnacceptedMessages = 4,
    };

    [Test]
    public async Task What_goes_up_is_protected_once_and_goes_again_as_the_same_bytes()
    {
        var lost = await ConnectAsync();
        await Client.SendAsync("bob", Bytes("secret"));
        var first = await lost.NextMessageAsync();
        lost.Break();
        var next = (await Server.NextAsync()).Open();
        var second = await next.NextMessageAsync();
        next.Break();
        await RestartAsync();
        var third = await (await ConnectAsync()).NextMessageAsync();

        Assert.That((first.EncryptionType, first.Payload), Is.EqualTo(("AES256", ByteString.Empty)));
        Assert.That(second, Is.EqualTo(first));
        Assert.That(third, Is.EqualTo(first));
        Assert.That(_protector.Protected, Is.EqualTo(1));
        Assert.That(Opened(first), Is.EqualTo("secret"));
    }

    [Test]
    public async Task The_history_and_what_is_parked_show_the_plain_text()
    {
        var stream = await ConnectAsync();
        var handle = await Client.SendAsync("bob", Bytes("secret"));
        var sent = await stream.NextMessageAsync();
        stream.Send(Down.Error(sent.Id, "permission_denied: not to bob"));
        Assert.CatchAsync<MessageRefusedException>(() => handle.Accepted.WaitAsync(Waits.Deadline));

        var parked = (await ParkedAsync()).Single();
        Assert.That((Text(parked.Message.Payload), parked.Message.Encrypted), Is.EqualTo(("secret", "")));
        Assert.That(Text((await Client.GetMessagesAsync("bob")).Single().Payload), Is.EqualTo("secret"));
        await Client.RetryAsync(parked);
        Assert.That(await stream.NextMessageAsync(), Is.EqualTo(sent), "the same bytes");
        stream.Send(Down.Error(sent.Id, "already_exists: no"));
        await Waits.EventuallyAsync("it is parked again", () => ParkedAsync().Result.Count == 1);
        await Client.ReplaceAsync((await ParkedAsync()).Single(), parked.Message with { Id = null });
        var replaced = await stream.NextMessageAsync();
        Assert.That((replaced.Id, replaced.Encrypted), Is.Not.EqualTo((sent.Id, sent.Encrypted)));
        Assert.That(Opened(replaced), Is.EqualTo("secret"));
    }

    [Test]
    public async Task The_same_message_handed_over_again_is_the_same_message()
    {
        var message = new OutgoingMessage
        {
            To = "bob", Id = "m1", Timestamp = DateTimeOffset.UnixEpoch, Payload = Bytes("secret"),
        };
        var stream = await ConnectAsync();
        var handle = await Client.SendAsync(message);
        var first = await stream.NextMessageAsync();
        stream.Send(Down.Accepted("m1", 1, 1));
        await handle.Accepted.WaitAsync(Waits.Deadline);

        await Client.SendAsync(message);

        Assert.That(await stream.NextMessageAsync(), Is.EqualTo(first));
    }

    [Test]
    public async Task A_message_that_comes_is_opened_on_every_device()
    {
        var stream = await ConnectAsync();
        stream.Send(Incoming(1, "from bob"), Incoming(2, "from my laptop", from: "alice"));

        var first = await ReadAsync();
        var second = await ReadAsync();

        Assert.That(new[] { first, second }.Select(m => (m.Role, Text(m.Payload), m.EncryptionType, m.Unusable)),
            Is.EqualTo(new[]
            {
                (MessageRole.Receiver, "from bob", "AES256", (string?)null),
                (MessageRole.Device, "from my laptop", "AES256", null),
            }));
        Assert.That((await Client.GetMessagesAsync("bob")).Select(m => Text(m.Payload)),
            Is.EqualTo(new[] { "from bob", "from my laptop" }));
    }

    [Test]
    public async Task A_message_that_does_not_open_is_reported_and_handed_out_and_holds_up_nothing()
    {
        var stream = await ConnectAsync();
        var broken = Incoming(1, "secret");
        broken.Message.Timestamp++;
        stream.Send(broken, Incoming(2, "next"));

        var first = await ReadAsync();
        var second = await ReadAsync();
        await LeaveAsync();
        Client.Acknowledge(second);

        Assert.That((first.Id, first.Payload.Length, first.Unusable), Is.EqualTo(("m1", 0, "it does not decrypt")));
        Assert.That((second.Id, Text(second.Payload), second.Unusable), Is.EqualTo(("m2", "next", (string?)null)));
        var (reports, acknowledged) = await DrainAsync(stream);
        Assert.That(acknowledged, Is.EqualTo(2));
        Assert.That(reports, Is.EqualTo(new[] { Report("m1", "it does not decrypt") }));
        Assert.That((await Client.GetMessagesAsync("bob")).Select(m => m.Unusable),
            Is.EqualTo(new[] { "it does not decrypt", null }));
        Assert.That(_log, Has.Some.Contains("m1 cannot be used: it does not decrypt"));
    }

    [Test]
    public async Task A_report_goes_up_until_it_is_answered_and_is_made_once()
    {
        var lost = await ConnectAsync();
        var broken = Incoming(1, "secret");
        broken.Message.Timestamp++;
        lost.Send(broken);
        while ((await lost.NextAsync()).Signal is not { Type: SignalKind.Error })
        {
        }
        lost.Break();
        var stream = (await Server.NextAsync()).Open();
        stream.Send(broken);

        Assert.That((await DrainAsync(stream)).Reports, Is.EqualTo(new[] { Report("m1", "it does not decrypt") }));
    }

    [Test]
    public async Task A_protector_that_throws_anything_counts_as_one_that_cannot_open()
    {
        _protector.Failure = new InvalidOperationException("the plain text is: secret");
        var stream = await ConnectAsync();
        stream.Send(Incoming(1, "secret"));

        var first = await ReadAsync();
        _protector.Failure = null;
        stream.Send(Incoming(2, "next"));
        var second = await ReadAsync();

        Assert.That((first.Unusable, second.Unusable), Is.EqualTo(("it cannot be opened", (string?)null)));
        Assert.That((await DrainAsync(stream)).Reports, Is.EqualTo(new[] { Report("m1", "it cannot be opened") }));
        Assert.That(_log, Has.Some.Contains("failed at message m1 with System.InvalidOperationException"));
        Assert.That(_log, Has.None.Contains("secret"));
    }

    [Test]
    public async Task An_own_message_that_does_not_open_is_reported_to_nobody()
    {
        var stream = await ConnectAsync();
        var broken = Incoming(1, "secret", from: "alice");
        broken.Message.Timestamp++;
        stream.Send(broken);

        Assert.That((await ReadAsync()).Unusable, Is.EqualTo("it does not decrypt"));
        Assert.That((await DrainAsync(stream)).Reports, Is.Empty);
    }

    [Test]
    public async Task A_flood_of_messages_that_do_not_open_is_reported_up_to_a_bound_and_taken_whole()
    {
        var stream = await ConnectAsync();
        var broken = Enumerable.Range(1, 20).Select(i => Incoming(i, "secret")).ToArray();
        foreach (var frame in broken)
            frame.Message.Timestamp++;
        stream.Send(broken);
        for (var i = 1; i <= 20; i++)
            Assert.That((await ReadAsync()).Unusable, Is.Not.Null);
        await LeaveAsync();

        // Twice the outbox's places, for none is answered meanwhile; what the probes need is set free by the answers.
        var reports = new List<Signal>();
        while (reports.Count < 8)
        {
            if ((await stream.NextAsync()).Signal is not { Type: SignalKind.Error } report)
                continue;
            reports.Add(report);
            stream.Send(Down.Taken(report.Id));
        }
        Assert.That(reports.Select(r => r.Id), Is.EqualTo(Enumerable.Range(1, 8).Select(i => $"m{i}")));
        Assert.That((await DrainAsync(stream)).Reports, Is.Empty);
    }

    [Test]
    public void What_is_too_large_once_it_is_protected_is_refused_at_once()
    {
        var most = 196_546 - "k1".Length;

        Assert.That(async () => await Client.SendAsync("bob", new byte[most]).WaitAsync(Waits.Deadline), Throws.Nothing);
        Assert.That(async () => await Client.SendAsync("bob", new byte[most + 1]),
            Throws.ArgumentException.With.Message.Contains("takes 262148 once it is protected; it may take 262144"));
    }

    [Test]
    public void What_is_the_protectors_must_be_left_to_it()
    {
        var message = new OutgoingMessage { To = "bob", Payload = Bytes("x") };
        foreach (var bad in new[]
        {
            message with { Signature = "c2ln" }, message with { EncryptionType = "E2E" }, message with { Encrypted = "eA==" },
        })
            Assert.That(async () => await Client.SendAsync(bad), Throws.ArgumentException);
    }

    [Test]
    public async Task What_the_protector_throws_on_the_way_out_is_the_callers_and_nothing_is_sent()
    {
        var stream = await ConnectAsync();

        Assert.That(async () => await Client.SendAsync("carol", Bytes("x")), Throws.TypeOf<KeyNotFoundException>());
        Assert.That(await Client.GetMessagesAsync("carol"), Is.Empty);
        await Client.SendAsync("bob", Bytes("next"));
        Assert.That(Opened(await stream.NextMessageAsync()), Is.EqualTo("next"));
    }

    [SetUp]
    public void LetProbesThrough() => _protector.Plain = "probe";

    private static Signal Report(string id, string reason) => new()
    {
        Id = id,
        To = new V1.Identity { User = "bob" },
        Type = SignalKind.Error,
        Error = reason,
    };

    // The reports that come up, each answered, and up to where is acknowledged, until nothing more comes: one report goes
    // up at a time, so each round of two probes may set the next one free.
    private async Task<(List<Signal> Reports, int Acknowledged)> DrainAsync(ScriptedStream stream)
    {
        var reports = new List<Signal>();
        var acknowledged = 0;
        for (var quiet = 0; quiet < 2; quiet++)
        {
            var probe = await SendAsync($"probe {++_probes}", to: "probe");
            for (var frame = await stream.NextAsync(); frame.Message is null; frame = await stream.NextAsync())
            {
                if (frame.Signal.Type != SignalKind.Error)
                {
                    acknowledged = frame.Signal.SignalOffset;
                    continue;
                }
                reports.Add(frame.Signal);
                stream.Send(Down.Taken(frame.Signal.Id));
                quiet = -1;
            }
            stream.Send(Down.Accepted(probe.Id, offset: 0, userOffset: _probes));
            await probe.Accepted.WaitAsync(Waits.Deadline);
        }
        return (reports, acknowledged);
    }

    // As bob's or alice's laptop would have sent it.
    private static Frame Incoming(int offset, string text, string from = "bob")
    {
        var frame = Down.Message(offset, from: from, role: from == "alice" ? SignalType.Device : SignalType.Receiver);
        var message = frame.Message;
        var to = message.To.User;
        var content = new AesGcmProtector(new KnownKeys().Add(to, "k1", Key)).Protect(new MessageEnvelope
        {
            Id = message.Id,
            From = new(from, "laptop"),
            To = new(to, ""),
            Peer = to,
            Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(message.Timestamp),
            Content = new() { Payload = Bytes(text) },
        });
        (message.EncryptionType, message.Encrypted) = (content.EncryptionType, content.Encrypted);
        return frame;
    }

    // As bob's device would.
    private static string Opened(Message sent) => new AesGcmProtector(new KnownKeys().Add("alice", "k1", Key)).Open(new()
    {
        Id = sent.Id,
        From = new("alice", "phone"),
        To = new(sent.To.User, sent.To.Device),
        Peer = "alice",
        Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(sent.Timestamp),
        Content = new() { EncryptionType = sent.EncryptionType, Encrypted = sent.Encrypted },
    }).Text();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);

    /// <summary>Counts, fails on demand, and leaves one conversation alone.</summary>
    private sealed class CountingProtector(IMessageProtector inner) : IMessageProtector
    {
        public int Protected { get; private set; }

        public string? Plain { get; set; }

        public volatile Exception? Failure;

        public MessageContent Protect(MessageEnvelope message)
        {
            if (message.Peer == Plain)
                return message.Content;
            Protected++;
            return inner.Protect(message);
        }

        public MessageContent Open(MessageEnvelope message) =>
            Failure is { } failure ? throw failure : inner.Open(message);
    }

    private sealed class TextLog(ConcurrentQueue<string> lines) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("It is its own.");

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
