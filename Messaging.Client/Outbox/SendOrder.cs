namespace Messaging.Client.Outbox;

/// <summary>
/// Which entry may be written next. Rules only: no lock, no clock; the <see cref="SendQueue"/> calls it one at a time.
/// </summary>
internal sealed class SendOrder
{
    // Protocol §2, §4: with more unanswered the server reads no more, and behind a fence it ends the stream.
    private const int MostInFlight = 4096;

    private readonly Dictionary<string, Lane> _conversations = new(StringComparer.Ordinal);

    // A read may go up without an id, and any other id is another user's; so one at a time, or an answer would not tell
    // which.
    private readonly Lane _signals = new(isSerial: true);

    // Exactly the entries that are Ready, by sequence.
    private readonly SortedSet<OutboxEntry> _ready =
        new(Comparer<OutboxEntry>.Create((a, b) => a.Sequence.CompareTo(b.Sequence)));

    private int _inFlight;

    public IEnumerable<OutboxEntry> Signals => _signals.Entries;

    /// <summary>The one signal that may be on its way.</summary>
    public SignalEntry? FirstSignal => _signals.Head as SignalEntry;

    public void Append(OutboxEntry entry)
    {
        if (entry is MessageEntry { Handle.To: var to } && !_conversations.ContainsKey(to))
            _conversations.Add(to, new Lane(isSerial: false));
        var lane = LaneOf(entry);
        lane.Entries.AddLast(entry);
        if (lane.Head == entry || !lane.PassesOnlyHead)
            MakeReady(entry);
    }

    /// <summary>A read of the same conversation that is not on its way: one that covers it may take its place.</summary>
    public SignalEntry? FindWaitingRead(string user) => _signals.Entries.OfType<SignalEntry>().FirstOrDefault(
        e => e is { IsRead: true, State: EntryState.Held or EntryState.Ready, Signal.UserOffset: > 0 }
            && e.Signal.To.User == user);

    /// <summary>Whether an answer that is under way lets more go up, unless it is a refusal.</summary>
    public bool AwaitsAnswer => _inFlight > 0 && (_ready.Count > 0 || _conversations.Values.Append(_signals).Any(
        lane => lane.Head is { State: EntryState.InFlight } && lane.Entries.Any(e => e.State == EntryState.Held)));

    public OutboxEntry? Take()
    {
        if (_inFlight == MostInFlight || _ready.Min is not { } entry)
            return null;
        _ready.Remove(entry);
        _inFlight++;
        entry.State = EntryState.InFlight;
        return entry;
    }

    /// <summary>What was written to an earlier stream and not answered goes again, before anything newer.</summary>
    public void NewStream()
    {
        _inFlight = 0;
        foreach (var lane in _conversations.Values.Append(_signals))
        {
            // A refused head keeps its back-off, and those behind it their place.
            lane.IsFenced = lane.Head?.State == EntryState.BackingOff;
            foreach (var entry in lane.Entries.Where(e => e.State == EntryState.InFlight))
            {
                entry.State = EntryState.Held;
                entry.IsInDoubt = true;
            }
            Release(lane);
        }
    }

    /// <summary>The entry was answered for good.</summary>
    public void Remove(OutboxEntry entry)
    {
        var lane = LaneOf(entry);
        var wasHead = lane.Head == entry;
        lane.Entries.Remove(entry);
        _ready.Remove(entry);
        Land(entry);
        if (lane.Head is null && entry is MessageEntry { Handle.To: var to })
            _conversations.Remove(to);
        if (!wasHead || !lane.PassesOnlyHead)
            return;
        lane.IsFenced = false;
        Release(lane);
    }

    /// <summary>
    /// The entry's offset has not advanced. The head of its lane backs off; one behind it waits for the head, which
    /// is why it was refused.
    /// </summary>
    public void HoldBack(OutboxEntry entry)
    {
        var lane = LaneOf(entry);
        lane.IsFenced = true;
        Land(entry);
        foreach (var waiting in lane.Entries.Where(e => e.State == EntryState.Ready))
        {
            _ready.Remove(waiting);
            waiting.State = EntryState.Held;
        }
        entry.State = lane.Head == entry ? EntryState.BackingOff : EntryState.Held;
        Release(lane);
    }

    /// <summary>The entry has waited long enough.</summary>
    public void EndBackOff(OutboxEntry entry)
    {
        if (entry.State == EntryState.BackingOff)
            MakeReady(entry);
    }

    private void Land(OutboxEntry entry)
    {
        if (entry.State == EntryState.InFlight)
            _inFlight--;
    }

    private Lane LaneOf(OutboxEntry entry) =>
        entry is MessageEntry { Handle.To: var to } ? _conversations[to] : _signals;

    private void Release(Lane lane)
    {
        foreach (var entry in lane.Entries)
        {
            if (entry.State == EntryState.Held)
                MakeReady(entry);
            if (lane.PassesOnlyHead)
                return;
        }
    }

    private void MakeReady(OutboxEntry entry)
    {
        entry.State = EntryState.Ready;
        _ready.Add(entry);
    }
}
