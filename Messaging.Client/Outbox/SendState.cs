using Messaging.Client.Storage;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>What is in the outbox, and what an answer is about. Owned by the <see cref="SendQueue"/> and its lock.</summary>
internal sealed class SendState(ReceiptBook receipts)
{
    private readonly Dictionary<string, MessageEntry> _messages = new(StringComparer.Ordinal);
    private long _sequence;
    private int _era;

    public SendOrder Order { get; } = new();

    public UnclaimedAnswers Unclaimed { get; } = new();

    public IEnumerable<OutboxEntry> Entries => _messages.Values.Concat(Order.Signals);

    public bool Holds(string messageId) => _messages.ContainsKey(messageId);

    public void Restore(StoredState left)
    {
        _sequence = left.LastSequence;
        _era = left.Era;
        foreach (var stored in left.Entries)
        {
            OutboxEntry entry = stored.Frame.Message is { } message
                ? NewMessage(stored.Sequence, message)
                : new SignalEntry(stored);
            entry.IsInDoubt = true;
            Order.Append(entry);
        }
    }

    public MessageEntry? Find(string messageId) => _messages.GetValueOrDefault(messageId);

    /// <summary>Offsets of an earlier epoch name nothing any more. Returns the signals that can say nothing now.</summary>
    public IReadOnlyList<SignalEntry> MoveTo(int era)
    {
        _era = era;
        var lost = Order.Signals.Cast<SignalEntry>().Where(s => !s.TryMoveTo(era)).ToList();
        lost.ForEach(Remove);
        return lost;
    }

    public MessageEntry Reserve(Message message, bool isNew)
    {
        if (Holds(message.Id))
            throw new ArgumentException($"Message {message.Id} is on its way already.", nameof(message));
        var entry = NewMessage(++_sequence, message);
        entry.IsInDoubt = !isNew;
        return entry;
    }

    public void Unreserve(MessageEntry entry) => _messages.Remove(entry.Handle.Id);

    public SignalEntry NewSignal(Signal signal, int era) =>
        new(new StoredEntry(++_sequence, new Frame { Signal = signal }, era));

    /// <summary>
    /// Of two reads of one conversation that wait, the higher one is enough. Returns the one that does not go on, which
    /// may be this one: it is covered, or it can say nothing. Null where all go on.
    /// </summary>
    public SignalEntry? Append(SignalEntry entry)
    {
        // The epoch may have ended since.
        if (!entry.TryMoveTo(_era))
            return entry;
        var waiting = entry.IsRead && entry.Signal.UserOffset > 0 ? Order.FindWaitingRead(entry.Signal.To.User) : null;
        if (waiting is not null && waiting.Signal.UserOffset >= entry.Signal.UserOffset)
        {
            entry.JoinWith(waiting);
            entry.IsCovered = true;
            return entry;
        }
        if (waiting is not null)
        {
            entry.JoinWith(waiting);
            entry.IsInDoubt = waiting.IsInDoubt;
            waiting.IsCovered = true;
            Remove(waiting);
        }
        Order.Append(entry);
        return waiting;
    }

    /// <summary>
    /// Which entries the answer may be about. Where it may be about several frames, it counts for none of them: the
    /// entries are sent again, which is always safe, and each answer that is still to come for them is unclaimed.
    /// </summary>
    public Claim Claim(Signal answer)
    {
        var message = _messages.GetValueOrDefault(answer.Id) is { } m && m.IsAnsweredBy(answer) ? m : null;
        var signal = Order.FirstSignal is { } s && s.Signal.Id == answer.Id && s.IsAnsweredBy(answer) ? s : null;
        var unclaimed = Unclaimed.Of(answer.Id);
        var waiting = (message is null ? 0 : 1) + (signal is null ? 0 : 1);
        // Its flags say what it answers (protocol §5).
        var isPlain = answer is { SignalOffsetState: true, SignalAckState: { Send: true } or { Read: true } };
        if (waiting == 1 && (isPlain || unclaimed == 0))
            return new Claim(message, signal, IsClear: true);
        // Without an id only refusals are answered: most of those to hints never come.
        Unclaimed.Set(answer.Id, answer.Id.Length == 0 ? 0 : unclaimed + waiting - 1);
        return new Claim(message, signal, IsClear: false);
    }

    /// <summary>The entry was answered for good.</summary>
    public void Remove(OutboxEntry entry)
    {
        Order.Remove(entry);
        entry.Attempt?.TrySetResult(true);
        if (entry is MessageEntry message)
            _messages.Remove(message.Handle.Id);
    }

    public void Clear() => _messages.Clear();

    private MessageEntry NewMessage(long sequence, Message message)
    {
        var handle = new SendHandle(message.Id, message.To.User, receipts);
        var entry = new MessageEntry(sequence, new Frame { Message = message }, handle, receipts);
        _messages.Add(message.Id, entry);
        return entry;
    }
}
