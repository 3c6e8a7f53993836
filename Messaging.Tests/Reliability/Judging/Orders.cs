namespace Messaging.Tests.Reliability.Judging;

/// <summary>What must stand in which order, once all places are known: <c>realtime</c>, <c>session-order</c>, watermarks.</summary>
internal static class Orders
{
    public static IEnumerable<Violation> Judge(Checker checker) =>
    [
        .. checker.Timelines.SelectMany(timeline => RealTime(
            $"the conversation {timeline.Key}", timeline.Value.OrderByDescending(place => place.Key).Select(place => place.Value))),
        .. checker.Sequences.SelectMany(sequence => RealTime(
            $"{sequence.Key}'s sequence",
            sequence.Value.Entries.OrderByDescending(place => place.Key).Select(place => place.Value.Message).OfType<MessageFact>())),
        .. SessionOrder(checker.Messages.Values),
        .. checker.Sequences.SelectMany(sequence => Watermarks(checker, sequence.Key, sequence.Value)),
    ];

    /// <summary>What was answered before another was sent comes first.</summary>
    private static IEnumerable<Violation> RealTime(string where, IEnumerable<MessageFact> lastFirst)
    {
        MessageFact? soonest = null;
        foreach (var message in lastFirst)
        {
            if (soonest is not null && message.WasSent && message.SentAt > soonest.AnsweredAt)
                yield return new Violation(Invariant.Realtime, $"{message} stands before {soonest} in {where}, and was sent after its answer");
            if (soonest is null || message.AnsweredAt < soonest.AnsweredAt)
                soonest = message;
        }
    }

    /// <summary>The messages of one device to one conversation stand there as they were first sent.</summary>
    private static IEnumerable<Violation> SessionOrder(IEnumerable<MessageFact> messages)
    {
        var placed = messages.Where(message => message.WasSent && message.UserOffset > 0);
        foreach (var session in placed.GroupBy(message => (message.Author, message.Conversation)))
        {
            MessageFact? before = null;
            foreach (var message in session.OrderBy(message => message.SentAt))
            {
                if (before is not null && message.UserOffset < before.UserOffset)
                {
                    yield return new Violation(
                        Invariant.SessionOrder,
                        $"{session.Key.Author} sent {before} (#{before.UserOffset}) before {message} (#{message.UserOffset})");
                }

                before = message;
            }
        }
    }

    /// <summary>Each entry of a receipt or a read covers something new, and names a message that it is about.</summary>
    private static IEnumerable<Violation> Watermarks(Checker checker, string user, SequenceFacts sequence)
    {
        var stands = new Dictionary<(string Author, string Peer, EntryKind Kind), int>();
        foreach (var (offset, entry) in sequence.Entries.OrderBy(place => place.Key))
        {
            if (entry.Kind is not (EntryKind.Received or EntryKind.Read))
                continue;
            var reached = stands.GetValueOrDefault((entry.Author.User, entry.Peer, entry.Kind));
            if (entry.UserOffset <= reached)
                yield return new Violation(Invariant.Regress, $"{user}'s offset {offset}, {entry}, comes after #{reached}");
            stands[(entry.Author.User, entry.Peer, entry.Kind)] = entry.UserOffset;
            if (entry.Kind == EntryKind.Read)
            {
                var received = (entry.Author.User, entry.Peer, EntryKind.Received);
                stands[received] = Math.Max(stands.GetValueOrDefault(received), entry.UserOffset);
            }

            if (entry.Author.User != user && !(checker.Messages.TryGetValue((user, entry.About), out var about) && about.WasSent))
                yield return new Violation(Invariant.Unexpected, $"{user}'s offset {offset}, {entry}, is about nothing that was sent");
        }
    }
}
