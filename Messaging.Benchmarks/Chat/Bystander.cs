using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Chat;

/// <summary>
/// A further device of the sender or of the receiver: it gets every message, on the sender's side the receipts too, and
/// acknowledges many at once.
/// </summary>
internal sealed class Bystander(string user, string device, bool isSenders) : Device(user, device, farthestAhead: 1)
{
    private const int AcknowledgeEvery = 32;

    private int _messages;
    private int _received;
    private int _unacknowledged;

    /// <summary>
    /// Runs until it is told that the sender has finished and has all that was sent, then closes the stream.
    /// </summary>
    public Task RunAsync(Func<int> sent, CancellationToken senderFinished, CancellationToken stop) =>
        GuardAsync(async () =>
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(senderFinished, stop);
        try
        {
            while (true)
                await ExchangeAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            while (_messages < sent() || (isSenders && _received < sent()))
                await ExchangeAsync(stop);
            await CloseAsync(stop);
        }
    });

    protected override void TakeAnswer(in ReceivedFrame answer, long readAt) =>
        throw new ViolationException($"an answer to nothing that was asked: {answer.ToString()}");

    protected override void TakeEntry(in ReceivedFrame entry, long readAt)
    {
        Position.TakeEntry(entry);
        if (entry.IsMessage)
            TakeMessage(entry);
        else
            TakeReceipt(entry);

        if (++_unacknowledged < AcknowledgeEvery)
            return;
        Acknowledgement.Write(Call, Position.Value);
        _unacknowledged = 0;
    }

    private void TakeMessage(in ReceivedFrame message)
    {
        var role = isSenders ? V1.SignalType.Device : V1.SignalType.Receiver;
        if (message.Role != role || message.UserOffset != _messages + 1)
            throw new ViolationException($"the conversation stood at {_messages}, then came {message.ToString()}");
        _messages++;
    }

    private void TakeReceipt(in ReceivedFrame receipt)
    {
        if (!isSenders || !receipt.IsReceived || receipt.UserOffset < _received)
            throw new ViolationException($"the watermark stood at {_received}, then came {receipt.ToString()}");
        _received = receipt.UserOffset;
    }
}
