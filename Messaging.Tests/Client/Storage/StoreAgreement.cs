using Google.Protobuf;
using Messaging.Client;
using Messaging.Client.Connection;
using Messaging.Client.Inbox;
using Messaging.Client.Outbox;
using Messaging.Client.Storage;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client.Storage;

/// <summary>
/// The stores in memory and in a file are given the same random changes, possible ones and others, and must then say the
/// same; the file is closed and opened again in between. Each is the other's model.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StoreAgreement
{
    private const int Steps = 250;
    private static readonly string[] Peers = ["bob", "carol", "alice"];

    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private readonly List<(long Sequence, string Id)> _waiting = [];
    private readonly List<string> _trace = [];
    private MessagingStore _memory = null!;
    private MessagingStore _file = null!;
    private Random _random = null!;
    private long _sequence;
    private int _offset;
    private int _era;

    [TearDown]
    public async Task EndAsync()
    {
        await _file.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Both_stores_say_the_same_after_the_same_changes([Range(1, 30)] int seed)
    {
        _random = new Random(seed);
        _memory = MessagingStore.InMemory();
        _memory.Attach("alice", "phone");
        OpenFile();
        Write(new BeginEpoch("e0"));
        for (var step = 0; step < Steps; step++)
        {
            Step();
            if (_random.Next(8) == 0)
                await CompareAsync();
            if (_random.Next(25) == 0)
            {
                await _file.DisposeAsync();
                OpenFile();
            }
        }
        await CompareAsync();
    }

    private void OpenFile()
    {
        _file = MessagingStore.Open(_folder.File("alice.db"));
        _file.Attach("alice", "phone");
    }

    private void Step()
    {
        switch (_random.Next(100))
        {
            case < 20:
                Add();
                break;
            case < 35 when _waiting.Count > 0:
                var sent = TakeWaiting();
                Write(new Accept(sent, new Acceptance(Place(), Next(), DateTimeOffset.UnixEpoch)));
                break;
            case < 42 when _waiting.Count > 0:
                Write(new Park(TakeWaiting(), new Refusal("permission_denied", "no")));
                break;
            case < 44 when _waiting.Count > 0:
                Write(new Withdraw(TakeWaiting()));
                break;
            case < 47:
                Write(new DropParked(OwnId()));
                break;
            case < 70:
                Take();
                break;
            case < 84:
                Write(new TakeReceipt(new SignalOffset(Next()), Receipt()));
                break;
            case < 97:
                Read();
                break;
            default:
                _offset = 0;
                _era++;
                Write(new BeginEpoch($"e{_era}"));
                break;
        }
    }

    private void Add()
    {
        var id = OwnId();
        var message = new Message
        {
            Id = id,
            To = new V1.Identity { User = PeerOf(id) },
            Payload = ByteString.CopyFromUtf8($"{_random.Next(3)}"),
        };
        // The client does not hand over an id that is on its way.
        if (_waiting.Any(w => w.Id == message.Id))
            return;
        _waiting.Add((++_sequence, message.Id));
        Write(new AddMessage(_sequence, message, _random.Next(5) == 0 ? OwnId() : null));
    }

    private void Take()
    {
        var isOwn = _random.Next(4) == 0;
        var id = isOwn ? OwnId() : $"m{_random.Next(12)}";
        var peer = isOwn ? PeerOf(id) : Peers[_random.Next(2)];
        var frame = Down.Message(
            Next(), id, isOwn ? "alice" : peer, isOwn ? SignalType.Device : SignalType.Receiver).Message;
        frame.To.User = isOwn ? peer : "alice";
        frame.UserOffset = Place();
        frame.SignalAckState = new SignalAckState
            { Send = true, Received = _random.Next(3) == 0, Read = _random.Next(8) == 0 };
        Write(new TakeMessage(frame, FromWire.Message(frame), IsHandedOut: false));
    }

    private void Read()
    {
        var last = _random.Next(2) == 0 ? $"m{_random.Next(12)}" : "";
        var signal = ToWire.Read(Peers[_random.Next(2)], Place(), last);
        var entry = new StoredEntry(++_sequence, new Frame { Signal = signal }, _random.Next(_era + 1));
        Write(new AddSignal(entry));
        if (_random.Next(2) == 0)
            Write(new Settle(entry.Sequence, signal.To.User, _random.Next(3) == 0 ? 0 : Place()));
    }

    private Receipt Receipt()
    {
        var kind = (ReceiptKind)_random.Next(5);
        var id = kind == ReceiptKind.ReadByMe ? $"m{_random.Next(12)}" : OwnId();
        return new Receipt
        {
            Kind = kind,
            Peer = kind == ReceiptKind.ReadByMe ? Peers[_random.Next(2)] : PeerOf(id),
            From = default,
            MessageId = id,
            UserOffset = Place(),
            Timestamp = default,
            Error = kind == ReceiptKind.Unusable ? "no key" : null,
        };
    }

    private string OwnId() => $"a{_random.Next(12)}";

    private static string PeerOf(string ownId) => Peers[ownId[^1] % Peers.Length];

    // Higher as time goes by, so that watermarks go on moving.
    private int Place() => (_offset / 4) + _random.Next(1, 12);

    private int Next() => ++_offset;

    private long TakeWaiting()
    {
        var at = _random.Next(_waiting.Count);
        var (sequence, _) = _waiting[at];
        _waiting.RemoveAt(at);
        return sequence;
    }

    private void Write(StoreChange change)
    {
        _trace.Add($"{change}");
        _memory.Write(change);
        _file.Write(change);
    }

    private async Task CompareAsync()
    {
        await _file.FlushAsync().InTime("it is written");
        var (expected, actual) = (await TextAsync(_memory), await TextAsync(_file));
        Assert.That(actual, Is.EqualTo(expected), () => string.Join('\n', _trace.TakeLast(20)));
    }

    private static async Task<string> TextAsync(MessagingStore store)
    {
        var lines = new List<string>();
        foreach (var c in await store.ReadConversationsAsync(null, 100, default))
            lines.Add($"{c.Peer}: {c.Unread} unread, read up to {c.ReadUpTo}, last {c.LastMessage?.Id}");
        foreach (var peer in Peers)
        {
            foreach (var m in await store.ReadMessagesAsync(peer, null, 1000, default))
                lines.Add($"{peer} {m.From.User} {m.Id} {m.State} {m.UserOffset} {m.Payload.Length} {m.Error}");
            lines.Add($"{(await store.FindLastOfOthersAsync(peer, null, default))?.Id}");
        }
        foreach (var e in await store.ReadParkedAsync(100, default))
            lines.Add($"parked {e.Sequence} {e.Frame} {e.Refusal}");
        var left = await store.LoadAsync(default);
        lines.AddRange(left.Entries.Select(e => $"waiting {e.Sequence} {e.Frame} {e.Era * (e.Frame.Signal is null ? 0 : 1)}"));
        lines.Add($"{left.Era} {left.Position?.Epoch} {left.LastSequence}");
        return string.Join('\n', lines);
    }
}
