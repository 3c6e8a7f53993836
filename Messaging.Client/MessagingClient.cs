using System.Runtime.CompilerServices;
using Messaging.Client.Connection;
using Messaging.Client.Inbox;
using Messaging.Client.Outbox;
using Microsoft.Extensions.Logging;

namespace Messaging.Client;

/// <summary>
/// One device of one user, connected to the messaging service. It keeps its one stream open, sends each message until
/// it is accepted, in order, and gives each message of the user's queue to the application once. Every member may be
/// called from any thread at any time. What is not accepted or not handled is in memory only: it does not survive the
/// process.
/// </summary>
/// <remarks>
/// The client ends when it is disposed, when another client of the same user and device connects, or when the server
/// does not let it in. Then every pending task and enumeration of it faults with the same
/// <see cref="MessagingException"/>, and so does every later call.
/// </remarks>
public sealed class MessagingClient : IAsyncDisposable
{
    private readonly MessagingClientOptions _options;
    private readonly ISyncTransport _transport;
    private readonly ClientRooms _rooms;
    private readonly ReceiptBook _receipts;
    private readonly ConnectionLoop _loop;
    private readonly SendSlots _slots;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<MessagingException> _loopRun;
    private readonly Task _run;
    private int _isReading;

    internal MessagingClient(MessagingClientOptions options, ISyncTransport transport, Func<double> jitter)
    {
        _options = options;
        _transport = transport;
        var writeWork = new WorkSignal();
        var inbox = new ReceiveQueue(writeWork);
        _receipts = new ReceiptBook(options.User);
        _slots = new SendSlots(options.MaxUnacceptedMessages);
        var outbox = new SendQueue(OffsetRetry.Pipeline(options, jitter), _receipts, _slots, writeWork);
        var intake = new FrameIntake(
            inbox, outbox, _receipts, options.User, options.LoggerFactory.CreateLogger<MessagingClient>());
        _rooms = new ClientRooms(inbox, outbox, intake, writeWork);
        _loop = new ConnectionLoop(transport, _rooms, options, jitter);
        // Not on the caller's thread, nor in its context.
        _loopRun = Task.Run(() => _loop.RunAsync(_closing.Token));
        _run = EndAsync();
    }

    /// <summary>Where the connection stands now.</summary>
    public ConnectionState State => _loop.Machine.State;

    /// <summary>
    /// Completes when the client was disposed; faults when it gave up, with <see cref="ClientReplacedException"/>,
    /// <see cref="ClientRefusedException"/> or <see cref="ClientFailedException"/>.
    /// </summary>
    public Task Completion => _ended.Task;

    /// <summary>Makes a client, which connects by itself: nothing has to be waited for.</summary>
    /// <param name="options">Where to and as whom.</param>
    /// <exception cref="ArgumentException">An option is not usable; the text says which and why.</exception>
    public static MessagingClient Start(MessagingClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new MessagingClient(options, new GrpcTransport(options), Random.Shared.NextDouble);
    }

    /// <summary>Sends a message: <see cref="SendAsync(OutgoingMessage, CancellationToken)"/>.</summary>
    /// <param name="to">The user it goes to.</param>
    /// <param name="payload">The content; copied.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the outbox.</param>
    public ValueTask<SendHandle> SendAsync(
        string to, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        SendAsync(new OutgoingMessage { To = to, Payload = payload }, cancellationToken);

    /// <summary>
    /// Puts a message into the outbox, and waits while that is full. It is then sent until the server has answered,
    /// across reconnects; messages to one user keep the order in which these calls were made and awaited
    /// (protocol §4).
    /// </summary>
    /// <param name="message">The message; its payload is copied.</param>
    /// <param name="cancellationToken">Gives up waiting for a place; what has one cannot be taken back.</param>
    /// <returns>The message's handle; the connection need not stand for it.</returns>
    /// <exception cref="ArgumentException">
    /// A part of the message is not usable, or a message of this id is on its way already.
    /// </exception>
    public async ValueTask<SendHandle> SendAsync(
        OutgoingMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var wire = ToWire.Message(message, _options);
        await _slots.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _rooms.Outbox.AddMessage(wire, isNew: message.Id is null);
        }
        catch
        {
            _slots.Leave();
            throw;
        }
    }

    /// <summary>
    /// The messages of this user's queue, in order, each of them once: those sent to the user, those that the user's
    /// other devices sent, and those that this device sent before this client was made. Asking for the next one says
    /// that the last one is safe with the application; it is then acknowledged. One that is left by <c>break</c> or an
    /// exception is not, and comes first in the next enumeration: see <see cref="Acknowledge"/> (protocol §5).
    /// </summary>
    /// <remarks>
    /// Does not end by itself. One enumeration at a time: a second one throws
    /// <see cref="InvalidOperationException"/>. After a restore of the server from a backup, messages that were not
    /// acknowledged may come again.
    /// </remarks>
    /// <param name="cancellationToken">Ends the wait for the next message.</param>
    public async IAsyncEnumerable<ReceivedMessage> ReceiveAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
            throw new InvalidOperationException("The messages are being enumerated already; one reader at a time.");
        try
        {
            while (true)
            {
                var next = await _rooms.Inbox.PeekAsync(cancellationToken).ConfigureAwait(false);
                yield return next;
                _rooms.Inbox.Handle(next);
            }
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }

    /// <summary>
    /// Says that the message which <see cref="ReceiveAsync"/> gave last is safe with the application, without asking
    /// for the next one. Any other message is left as it is.
    /// </summary>
    /// <param name="message">The message.</param>
    public void Acknowledge(ReceivedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        _rooms.Inbox.Handle(message);
    }

    /// <summary>Marks a message, and every one before it that the other sent in the conversation, as read.</summary>
    /// <param name="message">A message that was sent to this user.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the read is sent all the same.</param>
    /// <exception cref="ArgumentException">The user's own message: there is nothing to mark.</exception>
    /// <exception cref="ReadRefusedException">The server will never take it.</exception>
    public Task MarkReadAsync(ReceivedMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Role != MessageRole.Receiver)
            throw new ArgumentException("This is the user's own message; others' messages are read.", nameof(message));
        return MarkReadAsync(message.From.User, message.UserOffset, cancellationToken);
    }

    /// <summary>
    /// Marks what the other user sent in the conversation, up to an offset, as read (protocol §6). Sent until the
    /// server has answered, across reconnects; completes with the answer.
    /// </summary>
    /// <param name="user">The user at the other end.</param>
    /// <param name="userOffset">Up to this place, from 1; a lower one than before changes nothing.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the read is sent all the same.</param>
    /// <exception cref="ReadRefusedException">The server will never take it.</exception>
    public async Task MarkReadAsync(string user, int userOffset, CancellationToken cancellationToken = default)
    {
        WireText.RequireName(user, nameof(user));
        ArgumentOutOfRangeException.ThrowIfLessThan(userOffset, 1);
        await _slots.EnterAsync(cancellationToken).ConfigureAwait(false);
        Task settled;
        try
        {
            settled = _rooms.Outbox.AddRead(ToWire.Read(user, userOffset));
        }
        catch
        {
            _slots.Leave();
            throw;
        }
        await settled.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Receipts from this call's first step on, as they come. They are cumulative: a watcher that is more than 1,024
    /// behind loses the oldest. Ends with the client. Any number may watch.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for the next one.</param>
    public IAsyncEnumerable<Receipt> WatchReceiptsAsync(CancellationToken cancellationToken = default) =>
        _rooms.Intake.Receipts.WatchAsync(cancellationToken);

    /// <summary>
    /// The connection's states as it enters them, from this call's first step on. A watcher that is more than 64
    /// behind loses the oldest. Ends with the client. Any number may watch.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for the next one.</param>
    public IAsyncEnumerable<ConnectionChange> WatchConnectionAsync(CancellationToken cancellationToken = default) =>
        _loop.Machine.Changes.WatchAsync(cancellationToken);

    /// <summary>Waits until the client is connected; at once where it is.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MessagingException">The client has ended.</exception>
    public async Task WaitUntilConnectedAsync(CancellationToken cancellationToken = default)
    {
        var changes = _loop.Machine.Changes.Watch();
        try
        {
            while (State != ConnectionState.Connected)
            {
                if (!await changes.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                    throw await _loopRun.ConfigureAwait(false);
                changes.TryRead(out _);
            }
        }
        finally
        {
            _loop.Machine.Changes.Unwatch(changes);
        }
    }

    /// <summary>
    /// Writes what is waiting, takes the server's last answers for up to
    /// <see cref="MessagingClientOptions.CloseTimeout"/>, and faults everything still pending with
    /// <see cref="ClientClosedException"/>. May be called more than once.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
    }

    // Whatever ended the loop, nobody is left waiting.
    private async Task EndAsync()
    {
        var reason = await _loopRun.ConfigureAwait(false);
        await _rooms.Outbox.CloseAsync(reason).ConfigureAwait(false);
        _rooms.Outbox.Dispose();
        _receipts.Close(reason);
        _rooms.Inbox.Close(reason);
        _rooms.Intake.Receipts.Complete();
        await _transport.DisposeAsync().ConfigureAwait(false);
        if (reason is ClientClosedException)
            _ended.SetResult();
        // Who never looks has chosen not to know: not an unobserved exception.
        else if (_ended.TrySetException(reason))
            _ = _ended.Task.Exception;
    }
}
