namespace Messaging.Tests.Reliability.Judging;

/// <summary>Holds what the clients were told against what stands in the ledger's file.</summary>
internal static class SecondOpinion
{
    /// <summary>Searching the file for each takes a while.</summary>
    private const int MaxAwarenessIds = 64;

    public static IEnumerable<Violation> Judge(Checker checker, LedgerAudit ledger, bool isDrained) =>
    [
        .. ledger.Violations,
        .. checker.Messages.Values.Where(message => message.IsAccepted).SelectMany(message => Message(message, ledger)),
        .. checker.Sequences.SelectMany(sequence => Sequence(sequence.Key, sequence.Value, ledger, isDrained)),
        .. checker.Devices.Values.SelectMany(device => Cursor(device, ledger)),
        .. checker.Awareness.Distinct().Take(MaxAwarenessIds).Where(ledger.Contains).Select(id =>
            new Violation(Invariant.AwarenessStored, $"the awareness signal {id} is in the ledger")),
    ];

    private static IEnumerable<Violation> Message(MessageFact message, LedgerAudit ledger)
    {
        var row = ledger.Sequences.GetValueOrDefault(message.User)?.GetValueOrDefault(message.SignalOffset);
        if (row is null)
            yield return new Violation(Invariant.Lost, $"{message} was accepted at {message.SignalOffset}, and the ledger has nothing there");
        else if (row.Kind != LedgerRowKind.Message || row.Id != message.Id || row.UserOffset != message.UserOffset)
            yield return new Violation(Invariant.Divergent, $"{message} was accepted at {message.SignalOffset}, and the ledger has {row}");
        else if (!row.Places.Any(place => place.User == message.To))
            yield return new Violation(Invariant.Torn, $"{message} has no place in {message.To}'s sequence: {row}");
    }

    private static IEnumerable<Violation> Sequence(string user, SequenceFacts sequence, LedgerAudit ledger, bool isDrained)
    {
        var stored = ledger.Sequences.GetValueOrDefault(user) ?? [];
        if (isDrained && stored.Count > 0 && stored.Keys.Last() > sequence.Head)
        {
            var last = stored.Last();
            yield return new Violation(Invariant.Lost, $"{user} was told up to {sequence.Head}, and the ledger has {last.Value} at {last.Key}");
        }

        foreach (var (offset, entry) in sequence.Entries)
        {
            if (!stored.TryGetValue(offset, out var row))
                yield return new Violation(Invariant.Phantom, $"{user} was told of offset {offset}, {entry}, and the ledger has nothing there");
            else if (!Agree(user, offset, entry, row))
                yield return new Violation(Invariant.Divergent, $"{user} was told of offset {offset}, {entry}, and the ledger has {row}");
        }
    }

    private static bool Agree(string user, int offset, EntryFact entry, LedgerRow row)
    {
        if (row.Author.User != entry.Author.User || (entry.Author.Device.Length > 0 && row.Author != entry.Author))
            return false;
        if (entry.IsOwnReadOnly)
            return row.Kind is LedgerRowKind.Read or LedgerRowKind.Played;
        // A played and a report name the message's own place, which stands in the row they are about.
        if (entry.Kind is EntryKind.Played or EntryKind.Report)
            return row.Kind == (entry.Kind == EntryKind.Played ? LedgerRowKind.Played : LedgerRowKind.Report);
        var about = row.Kind == LedgerRowKind.Message
            ? row.Id
            : row.Places.Single(place => place.User == user && place.Offset == offset).About;
        return about == entry.About && entry.Kind switch
        {
            EntryKind.Message => row.Kind == LedgerRowKind.Message && row.UserOffset == entry.UserOffset,
            EntryKind.Received => row.Kind == LedgerRowKind.Received && row.UserOffset == entry.UserOffset,
            _ => row.Kind == LedgerRowKind.Read && row.UserOffset == entry.UserOffset,
        };
    }

    private static IEnumerable<Violation> Cursor(DeviceFacts device, LedgerAudit ledger)
    {
        // What moves with every message of the device is written with it, and not always at once.
        if (ledger.Cursors.GetValueOrDefault(device.Name) is var stands && stands < device.CursorForSure)
            yield return new Violation(Invariant.Regress, $"{device.Name}'s cursor was {device.CursorForSure}, and the ledger has {stands}");
    }
}
