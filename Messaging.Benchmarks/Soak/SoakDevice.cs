using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Messaging.Client;

namespace Messaging.Benchmarks.Soak;

/// <summary>
/// An application on the client library and a store in a file. It sends numbered messages, wants those of others one
/// after the other and each once, reads some, and may be closed and opened again at any time.
/// </summary>
internal sealed class SoakDevice : IAsyncDisposable
{
    private const int LargestPayload = 1024;
    private const int ReadsOneOf = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly MessagingClientOptions _options;
    private readonly string _peer;
    private readonly string _path;
    private readonly double _perSecond;
    private readonly Random _sends;
    private readonly Random _reads;
    private readonly SoakFigures _figures;
    private readonly Violations _violations;
    private readonly Channel<SentMessage> _unaccepted = Channel.CreateUnbounded<SentMessage>();
    private readonly Channel<SentMessage> _unreceived = Channel.CreateUnbounded<SentMessage>();
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private CancellationTokenSource _living = new();
    private MessagingStore? _store;
    private SeenMessages? _seen;
    private Task _running = Task.CompletedTask;
    private Task _marked = Task.CompletedTask;
    private OutgoingMessage? _next;
    private volatile bool _isSending;
    private volatile int _sent;

    /// <param name="address">Where the service is reached.</param>
    /// <param name="name">"user/device".</param>
    /// <param name="peer">Whom it writes to.</param>
    /// <param name="folder">Holds its store.</param>
    /// <param name="perSecond">Messages a second; 0 for a device that only receives.</param>
    /// <param name="random">Decides sizes, and what is read.</param>
    /// <param name="figures">Where latencies go.</param>
    /// <param name="violations">What must not happen.</param>
    public SoakDevice(
        Uri address, string name, string peer, string folder, double perSecond, Random random, SoakFigures figures,
        Violations violations)
    {
        (_peer, _perSecond, _figures, _violations) = (peer, perSecond, figures, violations);
        (_sends, _reads) = (new Random(random.Next()), new Random(random.Next()));
        _isSending = perSecond > 0;
        Name = name;
        _path = Path.Combine(folder, $"{name.Replace('/', '-')}.db");
        _options = new MessagingClientOptions
        {
            Address = address, User = name.Split('/')[0], Device = name.Split('/')[1],
        };
    }

    public string Name { get; }

    public string User => _options.User;

    public string Peer => _peer;

    /// <summary>How many messages it has handed over.</summary>
    public int Sent => _sent;

    /// <summary>How many of those nobody has received yet.</summary>
    public int OnTheWay => _unaccepted.Reader.Count + _unreceived.Reader.Count;

    public MessagingClient Client { get; private set; } = null!;

    /// <summary>How many it has got from another device.</summary>
    public int SeenOf(SoakDevice sender) => _seen!.LastOf(sender.Name);

    public void StopSending() => _isSending = false;

    public async Task OpenAsync()
    {
        _seen = new SeenMessages(_path);
        _store = MessagingStore.Open(_path);
        Client = MessagingClient.Start(_options with { Store = _store });
        _living = new CancellationTokenSource();
        await GoOnAsync(_unaccepted);
        await GoOnAsync(_unreceived);
        _running = Task.WhenAll(
            GuardAsync(SendAsync), GuardAsync(FollowAcceptedAsync), GuardAsync(FollowReceivedAsync),
            GuardAsync(TakeAsync));
    }

    public async Task CloseAsync()
    {
        await _living.CancelAsync();
        await Client.DisposeAsync();
        await _running;
        await _store!.DisposeAsync();
        _living.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (Client is not null)
            await CloseAsync();
    }

    // What ends with the client is followed by the next one; all else must not happen.
    private async Task GuardAsync(Func<CancellationToken, Task> run)
    {
        var ending = _living.Token;
        await Task.Yield();
        try
        {
            await run(ending);
        }
        catch (Exception) when (ending.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            _violations.Say($"{Name}: {exception}");
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_isSending && _next is null || _sent >= Stopwatch.GetElapsedTime(_startedAt).TotalSeconds * _perSecond)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
                continue;
            }

            // Where the client ended before it said that it has the message, the next one is given the same again.
            _next ??= Compose(_sent + 1);
            var sentAt = Stopwatch.GetTimestamp();
            var handle = await Client.SendAsync(_next, cancellationToken);
            _next = null;
            _unaccepted.Writer.TryWrite(new SentMessage(handle, sentAt));
            _sent++;
        }
    }

    private OutgoingMessage Compose(int number)
    {
        var payload = new byte[_sends.Next(sizeof(int), LargestPayload)];
        BinaryPrimitives.WriteInt32LittleEndian(payload, number);
        return new OutgoingMessage
        {
            To = _peer,
            Id = string.Create(CultureInfo.InvariantCulture, $"{Guid.CreateVersion7():N}-{number}"),
            Timestamp = TimeProvider.System.GetUtcNow(),
            Payload = payload,
        };
    }

    private async Task FollowAcceptedAsync(CancellationToken cancellationToken)
    {
        while (await _unaccepted.Reader.WaitToReadAsync(cancellationToken))
        {
            _unaccepted.Reader.TryPeek(out var sent);
            await sent!.Handle.Accepted.WaitAsync(cancellationToken);
            _figures.WasAccepted(sent.SentAt);
            _unreceived.Writer.TryWrite(sent);
            _unaccepted.Reader.TryRead(out _);
        }
    }

    private async Task FollowReceivedAsync(CancellationToken cancellationToken)
    {
        while (await _unreceived.Reader.WaitToReadAsync(cancellationToken))
        {
            _unreceived.Reader.TryPeek(out var sent);
            await sent!.Handle.Received.WaitAsync(cancellationToken);
            _figures.WasReceived(sent.SentAt);
            _unreceived.Reader.TryRead(out _);
        }
    }

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        await foreach (var message in Client.ReceiveAsync(cancellationToken))
        {
            if (message.Role == MessageRole.Sender)
                continue;
            var (sender, number) = (
                $"{message.From.User}/{message.From.Device}",
                BinaryPrimitives.ReadInt32LittleEndian(message.Payload.Span));
            if (number != _seen!.LastOf(sender) + 1)
                _violations.Say($"{Name} gets {number} of {sender} after {_seen.LastOf(sender)}");
            await Client.HandleAsync(message, connection => SeenMessages.Write(connection, sender, number));
            _seen.Saw(sender, number);
            if (message.Role == MessageRole.Receiver && _reads.Next(ReadsOneOf) == 0)
                await ReadAsync(message, cancellationToken);
        }
    }

    // One at a time is waited for: a read covers those before it.
    private async Task ReadAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (!_marked.IsCompleted)
            return;
        if (_marked.Exception?.InnerException is { } refused and not ClientClosedException)
            throw refused;
        _marked = (await Client.MarkReadAsync(message, cancellationToken)).Accepted;
    }

    private async Task GoOnAsync(Channel<SentMessage> messages)
    {
        for (var left = messages.Reader.Count; left > 0 && messages.Reader.TryRead(out var sent); left--)
        {
            if (!await sent.GoOnAsync(Client))
                _violations.Say($"{Name}'s store does not know {sent.Handle.Id} any more");
            messages.Writer.TryWrite(sent);
        }
    }
}
