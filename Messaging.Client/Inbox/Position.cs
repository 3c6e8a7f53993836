namespace Messaging.Client.Inbox;

/// <summary>
/// How far this device is in its user's sequence, and whether the next entry may follow (protocol §2, §4, §5). Rules
/// only: no lock, no clock, one caller at a time.
/// </summary>
internal sealed class Position
{
    // A sender that never takes its messages would otherwise collect answers for ever. A forgotten one shows as a
    // gap, and the entry then comes as a message: seen twice, never lost.
    private const int MaxAnswersAhead = 65_536;

    private readonly SortedDictionary<SignalOffset, OwnAnswer> _answers = [];

    // From where entries were last asked for again on this stream; asking twice from one place would never end.
    private SignalOffset? _lostAt;

    public Place Place { get; private set; }

    /// <summary>Whether this stream has named where it begins.</summary>
    public bool HasBegun => Place != Place.Unnamed;

    /// <summary>
    /// Everything up to here has come or is accounted for, on this stream or an earlier one of the same epoch. A
    /// stream that begins lower only repeats what is known, so this never moves back within an epoch.
    /// </summary>
    public SignalOffset Known { get; private set; }

    /// <summary>A new stream: where it begins is the server's to say.</summary>
    public void NewStream()
    {
        Place = Place.Unnamed;
        _lostAt = null;
        // The server sends own entries past the cursor again, so an answer of an earlier stream delivers nothing now.
        foreach (var offset in _answers.Keys.ToArray())
            _answers[offset] = OwnAnswer.InDoubt;
    }

    /// <summary>Another epoch: what was known of offsets no longer holds.</summary>
    public void Forget()
    {
        _answers.Clear();
        Known = SignalOffset.None;
    }

    /// <summary>What an earlier process knew.</summary>
    public void Restore(SignalOffset known) => Known = known;

    /// <summary>The stream begins here, or begins again because entries were asked for (protocol §2).</summary>
    public void Begin(SignalOffset upTo)
    {
        Place = Place.InLine;
        MoveTo(upTo);
    }

    /// <summary>Any other position signal. One that comes while entries are missing might hide them.</summary>
    public void AccountFor(SignalOffset upTo)
    {
        if (Place == Place.InLine)
            MoveTo(upTo);
    }

    /// <summary>An entry of the queue has come.</summary>
    public Step Advance(SignalOffset entry)
    {
        if (Place == Place.Unnamed)
            return Step.Gap;
        if (entry <= Known)
            return Step.Known;
        if (Place == Place.Lost)
            return Step.Passed;
        var before = Known;
        while (before.Next() < entry && _answers.ContainsKey(before.Next()))
            before = before.Next();
        if (before.Next() != entry)
            return Step.Gap;
        var step = _answers.ContainsKey(entry) ? Step.Own : Step.New;
        MoveTo(entry);
        return step;
    }

    /// <summary>
    /// A gap: entries from <see cref="Known"/> on are to be asked for again. False where that was tried from here.
    /// </summary>
    public bool TryLose()
    {
        if (Place != Place.InLine || _lostAt == Known)
            return false;
        Place = Place.Lost;
        _lostAt = Known;
        return true;
    }

    /// <summary>An answer named an entry of this device's own; it counts when it gets in line.</summary>
    public void Count(SignalOffset entry, OwnAnswer answer)
    {
        if (entry <= Known || (_answers.Count >= MaxAnswersAhead && entry != Known.Next()))
            return;
        _answers[entry] = answer;
        if (Place == Place.InLine)
            MoveTo(Known);
    }

    private void MoveTo(SignalOffset offset)
    {
        Known = SignalOffset.Max(Known, offset);
        while (_answers.Count > 0)
        {
            var (entry, answer) = _answers.First();
            if (entry > Known && !(entry == Known.Next() && answer == OwnAnswer.Delivery))
                return;
            Known = SignalOffset.Max(Known, entry);
            _answers.Remove(entry);
        }
    }
}
