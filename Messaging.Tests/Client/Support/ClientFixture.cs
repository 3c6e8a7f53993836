using Messaging.Client;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Client.Support;

/// <summary>Alice's phone against a scripted server; no wait between tries unless the test sets the jitter.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal abstract class ClientFixture(StoreKind kind = StoreKind.Memory)
{
    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private MessagingStore? _store;
    private MessagingClient? _client;
    private IAsyncEnumerator<ReceivedMessage>? _reader;
    private int _probes;

    protected FakeTimeProvider Time { get; } = new();

    protected ScriptedTransport Server { get; } = new();

    protected double Jitter { get; set; }

    protected virtual MessagingClientOptions Options => new()
    {
        Address = new Uri("http://localhost"),
        User = "alice",
        Device = "phone",
        AcknowledgementDelay = TimeSpan.Zero,
        TimeProvider = Time,
    };

    protected MessagingClient Client =>
        _client ??= new MessagingClient(Options with { Store = Store }, Server, () => Jitter);

    /// <summary>The store of the present client.</summary>
    protected MessagingStore Store => _store ??= Open();

    protected string StorePath => _folder.File("alice.db");

    [TearDown]
    public async Task EndAsync()
    {
        await CloseAsync();
        if (_store is not null)
            await _store.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The process ends; the next one has another client on the same store.</summary>
    protected async Task RestartAsync()
    {
        await CloseAsync();
        Server.Clear();
        if (kind == StoreKind.Memory)
            return;
        await Store.DisposeAsync();
        _store = null;
    }

    private MessagingStore Open() =>
        kind == StoreKind.Memory ? MessagingStore.InMemory() : MessagingStore.Open(StorePath);

    private async Task CloseAsync()
    {
        await LeaveAsync();
        // A server that does not answer any more is waited for, but not for long.
        if (_client is { } client)
            await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), DisposeAsync(client));
        _client = null;

        static async Task<bool> DisposeAsync(MessagingClient client)
        {
            await client.DisposeAsync();
            return true;
        }
    }

    protected async Task<ScriptedStream> ConnectAsync(int position = 0)
    {
        _ = Client;
        return (await Server.NextAsync()).Open(position);
    }

    protected async Task<SendHandle> SendAsync(string id, string to = "bob") =>
        await Client.SendAsync(new OutgoingMessage { To = to, Id = id, Payload = "hello"u8.ToArray() })
            .WaitAsync(Waits.Deadline);

    protected Task<IReadOnlyList<ParkedMessage>> ParkedAsync() => Client.GetParkedAsync().WaitAsync(Waits.Deadline);

    /// <summary>Returns once the client has taken everything that the test has sent on the stream.</summary>
    protected async Task SettleAsync(ScriptedStream stream)
    {
        var probe = await SendAsync($"probe {++_probes}", to: "probe");
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo(probe.Id));
        stream.Send(Down.Accepted(probe.Id, offset: 0, userOffset: _probes));
        await probe.Accepted.WaitAsync(Waits.Deadline);
    }

    protected static async Task<int> NextAcknowledgementAsync(ScriptedStream stream)
    {
        var frame = await stream.NextAsync();
        Assert.That(frame.Signal?.SignalAckState, Is.EqualTo(new SignalAckState { Received = true }));
        return frame.Signal!.SignalOffset;
    }

    /// <summary>What <see cref="ReadAsync"/> has given last.</summary>
    protected ReceivedMessage Current => _reader!.Current;

    /// <summary>Asks for the next message, which handles the last one.</summary>
    protected async Task<ReceivedMessage> ReadAsync()
    {
        _reader ??= Client.ReceiveAsync().GetAsyncEnumerator();
        Assert.That(await _reader.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline), Is.True);
        return _reader.Current;
    }

    /// <summary>The application stops reading, with the last message unhandled.</summary>
    protected async Task LeaveAsync()
    {
        if (_reader is not null)
            await _reader.DisposeAsync();
        _reader = null;
    }

    /// <summary>A message from bob, as the application got it once.</summary>
    protected ReceivedMessage Received(string id, int userOffset) => new()
    {
        Id = id,
        From = new("bob", "laptop"),
        To = new("alice", ""),
        Role = MessageRole.Receiver,
        UserOffset = userOffset,
        SignalOffset = userOffset,
        Timestamp = Time.GetUtcNow(),
        Payload = default,
    };
}
