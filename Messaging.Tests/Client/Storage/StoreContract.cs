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
/// What every <see cref="MessagingStore"/> must do, whatever it is made of, for alice's phone. What the next client
/// finds is asked after <see cref="NextClientAsync"/>.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal abstract partial class StoreContract
{
    private MessagingStore? _store;
    private long _sequence;
    private int _offset;

    protected TemporaryFolder Folder { get; } = TemporaryFolder.Create();

    protected MessagingStore Store => _store ?? throw new InvalidOperationException("not open");

    protected abstract MessagingStore Open();

    /// <summary>Closes the store as far as its kind survives that, and gives the one for the next client.</summary>
    protected abstract Task<MessagingStore> CloseAsync(MessagingStore store);

    [SetUp]
    public void Begin()
    {
        _store = Open();
        _store.Attach("alice", "phone");
        _store.Write(new BeginEpoch("e1"));
    }

    [TearDown]
    public async Task EndAsync()
    {
        await Store.DisposeAsync().AsTask().InTime("the store is closed");
        Folder.Dispose();
    }

    protected async Task NextClientAsync()
    {
        Store.Detach();
        _store = await CloseAsync(Store).InTime("the store is closed");
        _store.Attach("alice", "phone");
    }

    protected async Task WriteAsync(StoreChange change)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Store.Write(change, failure =>
        {
            if (failure is null)
                done.SetResult();
            else
                done.SetException(failure);
        });
        await done.Task.InTime("it is written");
    }

    protected static Message Outgoing(string id, string to = "bob", string text = "hello") => new()
    {
        Id = id,
        To = new V1.Identity { User = to },
        Timestamp = 1_000,
        Payload = ByteString.CopyFromUtf8(text),
    };

    /// <summary>Hands a message over; returns its sequence.</summary>
    protected async Task<long> AddAsync(string id, string to = "bob", string text = "hello")
    {
        await WriteAsync(new AddMessage(++_sequence, Outgoing(id, to, text)));
        return _sequence;
    }

    protected async Task<long> SendAsync(string id, int userOffset, string to = "bob")
    {
        var sequence = await AddAsync(id, to);
        await WriteAsync(new Accept(sequence, new Acceptance(userOffset, ++_offset, DateTimeOffset.UnixEpoch)));
        return sequence;
    }

    protected Task ParkAsync(long sequence, string code = "permission_denied") =>
        WriteAsync(new Park(sequence, new Refusal(code, "not to bob")));

    /// <summary>A message comes: from bob, or one that alice's laptop has sent to him.</summary>
    protected Task TakeAsync(string id, int userOffset, string from = "bob", SignalAckState? flags = null)
    {
        var frame = Down.Message(++_offset, id, from, from == "alice" ? SignalType.Device : SignalType.Receiver).Message;
        frame.UserOffset = userOffset;
        frame.SignalAckState = flags;
        return WriteAsync(new TakeMessage(frame, FromWire.Message(frame), IsHandedOut: Store.IsDurable));
    }

    protected Task TakeAsync(ReceiptKind kind, int userOffset, string id = "any", string? error = null) =>
        WriteAsync(new TakeReceipt(new SignalOffset(++_offset), new Receipt
        {
            Kind = kind,
            Peer = "bob",
            From = kind == ReceiptKind.ReadByMe ? new("alice", "laptop") : new("bob", "laptop"),
            MessageId = id,
            UserOffset = userOffset,
            Timestamp = DateTimeOffset.UnixEpoch,
            Error = error,
        }));

    protected Task EpochAsync(string epoch)
    {
        _offset = 0;
        return WriteAsync(new BeginEpoch(epoch));
    }

    /// <summary>Hands a read over; returns its sequence.</summary>
    protected async Task<long> ReadAsync(int userOffset, string last = "", int era = 0)
    {
        var frame = new Frame { Signal = ToWire.Read("bob", userOffset, last) };
        await WriteAsync(new AddSignal(new StoredEntry(++_sequence, frame, era)));
        return _sequence;
    }

    protected Task<StoredState> LoadAsync() => Store.LoadAsync(default).InTime("it is loaded");

    protected Task<IReadOnlyList<StoredMessage>> MessagesAsync(string peer = "bob", int limit = 100) =>
        Store.ReadMessagesAsync(peer, null, limit, default).InTime("the history is read");

    /// <summary>The conversation with bob as <c>id state</c>.</summary>
    protected async Task<string> StatesAsync() =>
        string.Join(", ", (await MessagesAsync()).Select(m => $"{m.Id} {m.State}"));

    protected Task<IReadOnlyList<Conversation>> ConversationsAsync() =>
        Store.ReadConversationsAsync(null, 100, default).InTime("the conversations are read");

    protected async Task<int> UnreadAsync() => (await ConversationsAsync()).Single(c => c.Peer == "bob").Unread;

    protected async Task<IReadOnlyList<StoredEntry>> ParkedAsync() =>
        await Store.ReadParkedAsync(100, default).InTime("what is parked is read");
}
