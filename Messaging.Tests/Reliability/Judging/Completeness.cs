namespace Messaging.Tests.Reliability.Judging;

/// <summary>What must be there once everything has drained: <c>lost</c>, <c>gap</c>, <c>torn</c>, <c>conv-gap</c>, final watermarks.</summary>
internal static class Completeness
{
    public static IEnumerable<Violation> Judge(Checker checker) =>
    [
        .. checker.Devices.Values.SelectMany(device => Device(checker, device)),
        .. checker.Devices.Values.SelectMany(device => Application(checker, device)),
        .. checker.Messages.Values.SelectMany(message => Members(checker, message)),
        .. checker.Timelines.SelectMany(timeline => Timeline(checker, timeline.Key, timeline.Value)),
        .. checker.Timelines.SelectMany(timeline => Watermarks(checker, timeline.Key, timeline.Value)),
    ];

    /// <summary>Each offset was an entry, an own answer, or covered, and the end was reached.</summary>
    private static IEnumerable<Violation> Device(Checker checker, DeviceFacts device)
    {
        if (device.IsRetired || device.Start is not { } start
            || !checker.Sequences.TryGetValue(device.Name.User, out var sequence))
            yield break;

        // What was sent, never answered and never sent again may have an entry that nobody was told of, where the user
        // has no other device.
        var mayBeOwn = device.UnansweredReads + checker.Messages.Values.Count(message => message.Author == device.Name && message.MayBeUntold);
        for (var offset = start + 1; offset <= sequence.Head; offset++)
        {
            if (device.HasSeen(offset))
                continue;
            var entry = sequence.Entries.GetValueOrDefault(offset);
            if (entry is null ? device.IsCovered(offset) || mayBeOwn-- > 0 : IsOwn(device, entry))
                continue;
            if (entry is { Message: not null })
                yield return new Violation(Invariant.Lost, $"{device.Name} never got offset {offset}, {entry}");
            else if (!device.IsCovered(offset))
                yield return new Violation(Invariant.Gap, $"{device.Name} was told nothing of offset {offset}, {entry}");
        }

        foreach (var (after, through) in device.Carried)
        {
            for (var offset = after + 1; offset <= through; offset++)
            {
                if (sequence.Entries.GetValueOrDefault(offset) is { } entry && !IsOwn(device, entry) && !device.IsCovered(offset))
                {
                    yield return new Violation(
                        Invariant.Lost, $"{device.Name} was carried over offset {offset}, {entry}, which it had not acknowledged");
                }
            }
        }

        if (device.Stream?.Position < sequence.Head)
            yield return new Violation(Invariant.Stuck, $"{device.Name} ended at {device.Stream.Position} of {sequence.Head}");
    }

    /// <summary>Each message of the sequence that this device's application did not send itself reached it.</summary>
    private static IEnumerable<Violation> Application(Checker checker, DeviceFacts device)
    {
        if (!device.HasApp || device.IsRetired || device.Start is not { } start
            || !checker.Sequences.TryGetValue(device.Name.User, out var sequence))
            yield break;
        foreach (var (offset, entry) in sequence.Entries)
        {
            if (entry.Message is { } message && offset > start && !IsOwn(device, entry)
                && !device.Given.ContainsKey(message) && !device.Handed.Contains(message))
                yield return new Violation(Invariant.Lost, $"{device.Name}'s application never got {message}, offset {offset}");
        }
    }

    /// <summary>A message stands in the sequences of all its members, or of none.</summary>
    private static IEnumerable<Violation> Members(Checker checker, MessageFact message)
    {
        if (message.Places.Count == 0)
            yield break;
        for (var which = 0; which < (message.To == message.User ? 1 : 2); which++)
        {
            var member = which == 0 ? message.User : message.To;
            if (message.IsIn(member) || !IsWatched(checker, member, besides: message))
                continue;
            var invariant = message.IsAccepted ? Invariant.Lost : Invariant.Torn;
            yield return new Violation(invariant, $"{message} is in {message.Places[0].User}'s sequence and not in {member}'s");
        }
    }

    private static IEnumerable<Violation> Timeline(
        Checker checker, string conversation, Dictionary<int, MessageFact> timeline)
    {
        var last = timeline.Keys.Max();
        if (timeline.Count == last)
            yield break;
        var mayBeThere = checker.Messages.Values.Count(message => message.Conversation == conversation && message is { MayBeUntold: true, UserOffset: 0 });
        for (var place = 1; place <= last; place++)
        {
            if (!timeline.ContainsKey(place) && mayBeThere-- <= 0)
                yield return new Violation(Invariant.ConvGap, $"{conversation} has nothing at #{place} of {last}");
        }
    }

    /// <summary>What was acknowledged is received, and what was read is read, as its sender was told.</summary>
    private static IEnumerable<Violation> Watermarks(Checker checker, string conversation, Dictionary<int, MessageFact> timeline)
    {
        if (conversation.Split(' ') is not [var one, var other] || one == other)
            yield break;
        foreach (var (sender, receiver) in new[] { (one, other), (other, one) })
        {
            if (!IsWatched(checker, sender))
                continue;
            var devices = checker.Devices.Values.Where(device => device.Name.User == receiver).ToList();
            var sent = timeline.Values.Where(message => message.User == sender).ToList();
            var acknowledged = devices.Select(device => device.Acknowledged).DefaultIfEmpty().Max();
            var received = sent.Where(message => message.Places.Exists(
                place => place.User == receiver && place.Offset <= acknowledged));
            var readUpTo = devices.Select(device => device.Reads.GetValueOrDefault(sender)).DefaultIfEmpty().Max();
            foreach (var violation in (Violation?[])
                [
                    Watermark(checker, sender, receiver, received, EntryKind.Received),
                    Watermark(checker, sender, receiver, sent.Where(message => message.UserOffset <= readUpTo), EntryKind.Read),
                ])
            {
                if (violation is not null)
                    yield return violation;
            }
        }
    }

    private static Violation? Watermark(
        Checker checker, string sender, string receiver, IEnumerable<MessageFact> covered, EntryKind kind)
    {
        var due = covered.Select(message => message.UserOffset).DefaultIfEmpty().Max();
        if (due == 0)
            return null;
        var stands = checker.Sequences[sender].ToldOf(receiver, kind);
        return stands >= due
            ? null
            : new Violation(Invariant.Regress, $"{sender} was told that {receiver} has {kind} up to #{stands}, and it is #{due}");
    }

    private static bool IsOwn(DeviceFacts device, EntryFact entry) =>
        entry.Author == device.Name || (entry.Message is { } message && message.Author == device.Name && entry.Author.Device.Length == 0);

    /// <summary>Whether a device of the user has walked the whole sequence.</summary>
    /// <param name="checker">Knows them.</param>
    /// <param name="user">Whose.</param>
    /// <param name="besides">A message that its author may have been told of by a lost answer alone.</param>
    private static bool IsWatched(Checker checker, string user, MessageFact? besides = null) =>
        checker.Devices.Values.Any(device => device.Name.User == user && device is { Start: 0, IsRetired: false }
            && !(besides is { MayBeUntold: true } && besides.Author == device.Name));
}
