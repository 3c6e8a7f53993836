using Messaging.Client.Outbox;

namespace Messaging.Client;

/// <summary>
/// A message on its way. The client sends it until it is accepted, across reconnects; the handle tells how far it has
/// come. Any thread may use it, and nothing has to be awaited.
/// </summary>
public sealed class SendHandle
{
    private readonly ReceiptBook _receipts;

    internal SendHandle(string id, string to, ReceiptBook receipts)
    {
        Id = id;
        To = to;
        _receipts = receipts;
    }

    /// <summary>Names the message for ever among those of this user.</summary>
    public string Id { get; }

    /// <summary>The user it goes to.</summary>
    public string To { get; }

    /// <summary>
    /// Completes when the message is on the server's disk (protocol §4). Faults with
    /// <see cref="MessageRefusedException"/> where it never will be, and with the client's own end
    /// (<see cref="ClientClosedException"/>, <see cref="ClientReplacedException"/>,
    /// <see cref="ClientRefusedException"/>, <see cref="StoreFailedException"/>, <see cref="ClientFailedException"/>),
    /// after which this client does not know; with a store in a file, the next one goes on.
    /// </summary>
    public Task<Acceptance> Accepted => AcceptedSource.Task;

    /// <summary>
    /// Completes when a device of the receiver has the message (protocol §6); at once, when accepted, for a message
    /// to oneself. Faults as <see cref="Accepted"/> does. With a store in memory, an application that leaves a window of
    /// messages unhandled gets no receipts behind them.
    /// </summary>
    public Task Received => _receipts.Watch(this, read: false);

    /// <summary>Completes when the receiver has read the message; otherwise as <see cref="Received"/>.</summary>
    public Task Read => _receipts.Watch(this, read: true);

    /// <summary>How far the message has come. Never less than before, but for a refused message that is sent again.</summary>
    public MessageState State => _receipts.StateOf(this);

    internal TaskCompletionSource<Acceptance> AcceptedSource { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Below: owned by the receipt book and its lock.
    internal int? UserOffset { get; set; }

    internal MessagingException? Failure { get; set; }

    internal MessageState Reached { get; set; }

    internal TaskCompletionSource? ReceivedWaiter { get; set; }

    internal TaskCompletionSource? ReadWaiter { get; set; }
}
