using System.Globalization;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Judging;

/// <summary>
/// Judges a history in one pass: each event against what is known so far, and in the end, once everything has
/// drained, what should have been there. Not safe for concurrent use.
/// </summary>
internal sealed class Checker
{
    /// <summary>A report that long has been understood.</summary>
    private const int MaxViolations = 500;

    private readonly List<Violation> violations = [];
    private readonly Dictionary<(string User, string Id), MessageFact> messages = [];
    private readonly Dictionary<string, SequenceFacts> sequences = [];
    private readonly Dictionary<string, Dictionary<int, MessageFact>> timelines = [];
    private readonly Dictionary<DeviceName, DeviceFacts> devices = [];
    private readonly Dictionary<int, StreamFacts> streams = [];
    private readonly List<string> awareness = [];
    private string? epoch;
    private IReadOnlyDictionary<string, int>? restored;
    private bool isDrained;
    private long clock;
    private int crashes;
    private int faults;
    private int streamCount;
    private int delivered;

    public IReadOnlyDictionary<(string User, string Id), MessageFact> Messages => messages;

    public IReadOnlyDictionary<string, SequenceFacts> Sequences => sequences;

    public IReadOnlyDictionary<string, Dictionary<int, MessageFact>> Timelines => timelines;

    public IReadOnlyDictionary<DeviceName, DeviceFacts> Devices => devices;

    /// <summary>Ids of awareness signals that went up: none may be found in the ledger.</summary>
    public IReadOnlyList<string> Awareness => awareness;

    /// <summary>Every device stands where its user's sequence ends, as far as anybody was told; a quick look.</summary>
    public bool AreAtTheirHeads => devices.Values.All(device => device.IsRetired || device.Stream is null
        || device.Stream.Position >= (sequences.GetValueOrDefault(device.Name.User)?.Head ?? 0));

    public void Take(HistoryEvent taken)
    {
        clock++;
        switch (taken)
        {
            case HistoryEvent.Opening opening:
                streamCount++;
                var device = Device(opening.Device);
                streams[opening.Stream] = new StreamFacts(device, opening.Position, clock);
                break;
            case HistoryEvent.Began began:
                Begin(streams[began.Stream], began);
                break;
            case HistoryEvent.Up up:
                GoUp(streams[up.Stream], up.Frame);
                break;
            case HistoryEvent.Down down:
                ComeDown(streams[down.Stream], down.Frame);
                break;
            case HistoryEvent.Ended ended:
                End(ended.Stream);
                break;
            case HistoryEvent.AppSends sends:
                Device(sends.Device).HasApp = true;
                Device(sends.Device).Handed.Add(Message(sends.Device.User, sends.Id));
                break;
            case HistoryEvent.AppForgets forgets:
                Message(forgets.Device.User, forgets.Id).IsForgotten = true;
                break;
            case HistoryEvent.AppGets gets:
                Give(gets);
                break;
            case HistoryEvent.Fault fault:
                faults++;
                crashes += fault.IsCrash ? 1 : 0;
                break;
            case HistoryEvent.NewEpoch newEpoch:
                restored = newEpoch.Heads;
                break;
            case HistoryEvent.Retired retired:
                Device(retired.Device).IsRetired = true;
                break;
            case HistoryEvent.Drained:
                isDrained = true;
                break;
            case HistoryEvent.Stuck stuck:
                Report(Invariant.Stuck, stuck.What);
                break;
            case HistoryEvent.Leak leak:
                Report(Invariant.Leak, leak.What);
                break;
        }
    }

    /// <summary>Judges everything taken so far; what should have arrived only once it was said to have drained.</summary>
    /// <param name="ledger">A second opinion.</param>
    public Verdict Judge(LedgerAudit? ledger = null)
    {
        List<Violation> all = [.. violations, .. Orders.Judge(this)];
        if (isDrained)
            all.AddRange(Completeness.Judge(this));
        if (ledger is not null)
            all.AddRange(SecondOpinion.Judge(this, ledger, isDrained));
        return new Verdict(
            new HistoryCounts
            {
                Devices = devices.Count,
                Streams = streamCount,
                Faults = faults,
                Sent = messages.Values.Count(message => message.WasSent),
                Accepted = messages.Values.Count(message => message.IsAccepted),
                Delivered = delivered,
                LedgerRows = ledger?.Rows.Count ?? 0,
            },
            all);
    }

    private void Begin(StreamFacts stream, HistoryEvent.Began began)
    {
        if (epoch is not null && epoch != began.Epoch)
        {
            if (restored is not null)
                ForgetOffsets(restored);
            else
                Report(Invariant.Divergent, $"{stream.Device.Name}: the epoch changed from {epoch} to {began.Epoch}");
        }

        if (epoch != began.Epoch)
            restored = null;
        epoch = began.Epoch;
        stream.Begin(began.Head, began.Window);
    }

    private void ForgetOffsets(IReadOnlyDictionary<string, int> heads)
    {
        foreach (var message in messages.Values.Where(message => !message.Places.Exists(
            place => place.Offset <= heads.GetValueOrDefault(place.User))))
            message.Forget();
        foreach (var device in devices.Values)
            device.Forget(heads.GetValueOrDefault(device.Name.User));
        foreach (var stream in streams.Values)
            stream.CursorAtOpening = 0;
        foreach (var (user, sequence) in sequences)
            sequence.Forget(heads.GetValueOrDefault(user));
        foreach (var timeline in timelines.Values)
        {
            foreach (var (place, _) in timeline.Where(place => place.Value.UserOffset == 0).ToList())
                timeline.Remove(place);
        }

        foreach (var empty in timelines.Where(timeline => timeline.Value.Count == 0).ToList())
            timelines.Remove(empty.Key);
    }

    private void GoUp(StreamFacts stream, Frame frame)
    {
        var device = stream.Device;
        var isRepeat = false;
        if (frame.Message is { } message)
        {
            var fact = Message(device.Name.User, message.Id);
            isRepeat = fact.WasSent;
            if (fact.IsForgedBy(message))
                stream.Forged.Add(message.Id);
            else
                fact.GoesUp(device.Name, message, clock);
        }
        else if (frame.Signal is { } signal)
        {
            SignalGoesUp(stream, signal);
        }

        stream.Sends(frame, isRepeat);
    }

    private void SignalGoesUp(StreamFacts stream, Signal signal)
    {
        var device = stream.Device;
        if (signal is { Status: not SignalStatus.Unspecified and not SignalStatus.Played, Type: not SignalKind.Error }
            && signal.SignalAckState is not { Read: true })
        {
            if (signal.Id.Length > 0)
                awareness.Add(signal.Id);
            return;
        }

        if (signal.Status == SignalStatus.Played || signal.SignalAckState is { Read: true })
            device.UnansweredReads++;
        if (signal is { SignalAckState.Received: true, SignalOffset: > 0 })
        {
            // What it skips it says that it has.
            if (stream.Position is { } position && signal.SignalOffset > position)
                device.Covers(position, signal.SignalOffset);
            device.Acknowledged = Math.Max(device.Acknowledged, signal.SignalOffset);
        }
    }

    private void ComeDown(StreamFacts stream, Frame frame)
    {
        var device = stream.Device;
        var isFirst = stream.Position is null;
        var before = stream.Position;
        if (stream.Takes(frame) is { } broken)
            Report(broken.Invariant, broken.Text);
        if (isFirst)
            TakeFirstPosition(stream, frame.Signal);
        else if (frame.Message is { } message)
            TakeMessage(device, message);
        else if (frame.Signal is { From: not null } signal)
            TakeSignal(device, signal);
        else if (frame.Signal is { } answer)
            TakeAnswer(stream, answer, before);
    }

    /// <summary>
    /// A stream has its first position. Of two that a device has at the same time, only one that was opened after the
    /// other had begun is surely the later one for the server too.
    /// </summary>
    private void Replace(StreamFacts stream)
    {
        var device = stream.Device;
        stream.BeganAt = clock;
        if (device.Stream is { } other && other.BeganAt < stream.OpenedAt)
            other.ReplacedAt = clock;
        if (device.Stream is null or { HasEnded: true } || device.Stream.OpenedAt < stream.OpenedAt)
            device.Stream = stream;
    }

    private void End(int number)
    {
        if (!streams.Remove(number, out var ended))
            return;
        ended.HasEnded = true;
        if (ended.Device.Stream != ended)
            return;
        var open = streams.Values.Where(stream => stream.Device == ended.Device && stream.BeganAt < long.MaxValue);
        ended.Device.Stream = open.MaxBy(stream => stream.OpenedAt) ?? ended;
    }

    private void TakeFirstPosition(StreamFacts stream, Signal? position)
    {
        var device = stream.Device;
        if (position is null)
            return;
        Replace(stream);
        var start = position.SignalOffset;
        if (device.Start is null)
        {
            device.Start = start;
            device.Acknowledged = Math.Max(device.Acknowledged, start);
        }

        if (start < stream.CursorAtOpening)
            Report(Invariant.Regress, $"{device.Name}: the cursor was {stream.CursorAtOpening} and a stream began at {start}");
        else if (start > device.Acknowledged)
            device.Carried.Add((device.Acknowledged, start));
        device.CursorForSure = Math.Max(device.CursorForSure, start);

        // A head below what is known stands for the past: nothing may begin there as if nothing had happened.
        var claimed = stream.Claim?.Split('/') is [var under, var offset] && under == epoch
            ? int.Parse(offset, CultureInfo.InvariantCulture)
            : 0;
        var known = Math.Max(claimed, Math.Max(start, stream.CursorAtOpening));
        if (known > stream.Head)
            Report(Invariant.RollbackSilent, $"{device.Name} stood at {known}, and a stream began under a head of {stream.Head}");
    }

    private void TakeMessage(DeviceFacts device, Message message)
    {
        if (message.SignalOffset <= 0 || message.From is null)
            return;
        delivered++;
        var fact = Message(message.From.User, message.Id);
        if (!fact.WasSent)
            Report(Invariant.Unexpected, $"{device.Name}: nobody sent {message}");
        else if (!fact.Says(message))
            Report(Invariant.Mutated, $"{device.Name}: {fact} was changed on its way");
        SetUserOffset(fact, message.UserOffset, device.Name);
        Enter(device, message.SignalOffset, new EntryFact(
            new DeviceName(message.From.User, message.From.Device), fact, EntryKind.Message, message.Id, "",
            message.UserOffset, clock, crashes));
    }

    private void TakeSignal(DeviceFacts device, Signal signal)
    {
        var isAwareness = signal.Status is not SignalStatus.Unspecified and not SignalStatus.Played;
        if (signal.SignalOffset <= 0)
        {
            if (!isAwareness)
                Report(Invariant.Protocol, $"{device.Name}: {signal} is neither an entry nor awareness");
            return;
        }

        delivered++;
        if (isAwareness)
        {
            Report(Invariant.AwarenessStored, $"{device.Name}: {signal} has taken an offset");
            return;
        }

        var kind = signal.Type == SignalKind.Error ? EntryKind.Report
            : signal.Status == SignalStatus.Played ? EntryKind.Played
            : signal.SignalAckState is { Read: true } ? EntryKind.Read
            : EntryKind.Received;
        var peer = signal.From.User == device.Name.User ? signal.To?.User ?? "" : signal.From.User;
        Enter(device, signal.SignalOffset, new EntryFact(
            new DeviceName(signal.From.User, signal.From.Device), null, kind, signal.Id, peer, signal.UserOffset, clock, crashes));
    }

    private void TakeAnswer(StreamFacts stream, Signal answer, int? before)
    {
        var device = stream.Device;
        if (answer is { SignalType: SignalType.Device, Type: SignalKind.Response, SignalAckState: null })
        {
            if (before is { } from && answer.SignalOffset > from)
                device.Covers(from, answer.SignalOffset);
        }
        else if (!answer.SignalOffsetState)
        {
            stream.Forged.Remove(answer.Id);
            if (answer.Type == SignalKind.Error && messages.TryGetValue((device.Name.User, answer.Id), out var refused))
                refused.IsRefused();
        }
        else if (answer.SignalAckState is { Send: true })
        {
            Accept(stream, answer);
        }
        else if (answer.SignalAckState is { Read: true })
        {
            var to = answer.To?.User ?? "";
            device.UnansweredReads--;
            device.Reads[to] = Math.Max(device.Reads.GetValueOrDefault(to), answer.UserOffset);
            if (answer.SignalOffset > 0)
            {
                Enter(device, answer.SignalOffset, new EntryFact(
                    device.Name, null, EntryKind.OwnRead, answer.Id, to, answer.UserOffset, clock, crashes));
            }
        }
        else if (answer.SignalAckState is { Received: true })
        {
            device.CursorForSure = Math.Max(device.CursorForSure, answer.SignalOffset);
        }
    }

    private void Accept(StreamFacts stream, Signal answer)
    {
        var device = stream.Device;
        var fact = Message(device.Name.User, answer.Id);
        if (stream.Forged.Contains(answer.Id))
            Report(Invariant.Mutated, $"{device.Name}: {fact} was accepted once more with another content");
        if (!fact.IsAccepted && fact.SentAt > stream.ReplacedAt)
            Report(Invariant.SessionOrder, $"{device.Name}: {fact} was accepted on a stream that had been replaced before");
        if (fact.IsAccepted && (fact.SignalOffset, fact.UserOffset) != (answer.SignalOffset, answer.UserOffset))
        {
            Report(Invariant.DedupMoved,
                $"{device.Name}: {fact} was answered {(fact.SignalOffset, fact.UserOffset)}, "
                + $"and now {(answer.SignalOffset, answer.UserOffset)}");
            return;
        }

        fact.AnsweredAt = Math.Min(fact.AnsweredAt, clock);
        fact.SignalOffset = answer.SignalOffset;
        SetUserOffset(fact, answer.UserOffset, device.Name);
        Enter(
            device, answer.SignalOffset,
            new EntryFact(
                new DeviceName(device.Name.User, ""), fact, EntryKind.Message, answer.Id, "", answer.UserOffset, clock, crashes),
            isSeen: fact.Author == device.Name);
    }

    private void SetUserOffset(MessageFact fact, int userOffset, DeviceName by)
    {
        if (fact.UserOffset != 0 && fact.UserOffset != userOffset)
        {
            Report(Invariant.ConvSplit, $"{by}: {fact} was at #{fact.UserOffset} of its conversation, and now at #{userOffset}");
            return;
        }

        fact.UserOffset = userOffset;
        if (!timelines.TryGetValue(fact.Conversation, out var timeline))
            timelines.Add(fact.Conversation, timeline = []);
        if (!timeline.TryAdd(userOffset, fact) && timeline[userOffset] != fact)
            Report(Invariant.ConvSplit, $"{by}: #{userOffset} of {fact.Conversation} was {timeline[userOffset]}, and now {fact}");
    }

    private void Enter(DeviceFacts device, int offset, EntryFact entry, bool isSeen = true)
    {
        if (isSeen)
            device.Sees(offset);
        if (!sequences.TryGetValue(device.Name.User, out var sequence))
            sequences.Add(device.Name.User, sequence = new SequenceFacts());
        sequence.Head = Math.Max(sequence.Head, offset);

        if (!sequence.Entries.TryGetValue(offset, out var known))
        {
            sequence.Put(offset, entry);
        }
        else if (!known.Agrees(entry))
        {
            Report(
                known.Crashes < crashes ? Invariant.Phantom : Invariant.Divergent,
                $"{device.Name}: offset {offset} was {known}, and now {entry}");
            return;
        }
        else if (known.KnowsLessThan(entry))
        {
            sequence.Put(offset, entry with { SeenAt = known.SeenAt, Crashes = known.Crashes });
        }

        if (entry.Message is { } message && !message.Places.Contains((device.Name.User, offset)))
        {
            foreach (var place in message.Places.Where(place => place.User == device.Name.User))
                Report(Invariant.Duplicate, $"{device.Name}: {message} is at {place.Offset} and at {offset} of one sequence");
            message.Places.Add((device.Name.User, offset));
        }
    }

    private void Give(HistoryEvent.AppGets given)
    {
        var device = Device(given.Device);
        device.HasApp = true;
        var fact = Message(given.From, given.Id);
        if (!fact.WasSent)
        {
            Report(Invariant.Unexpected, $"{device.Name}: the application got {fact}, which nobody sent");
            return;
        }

        if (!fact.Says(given.Payload.Span))
            Report(Invariant.Mutated, $"{device.Name}: the application got {fact} changed");
        if (device.Given.TryGetValue(fact, out var by) && by == given.Instance)
            Report(Invariant.Duplicate, $"{device.Name}: the application got {fact} twice");
        device.Given[fact] = given.Instance;

        var key = (given.Instance, fact.Conversation);
        if (device.GivenTo.TryGetValue(key, out var last) && given.UserOffset <= last)
            Report(Invariant.Reorder, $"{device.Name}: the application got {fact} at #{given.UserOffset} after #{last}");
        device.GivenTo[key] = given.UserOffset;
    }

    private DeviceFacts Device(DeviceName name)
    {
        if (!devices.TryGetValue(name, out var device))
            devices.Add(name, device = new DeviceFacts(name));
        return device;
    }

    private MessageFact Message(string user, string id)
    {
        if (!messages.TryGetValue((user, id), out var message))
            messages.Add((user, id), message = new MessageFact(user, id));
        return message;
    }

    private void Report(Invariant invariant, string text)
    {
        if (violations.Count < MaxViolations)
            violations.Add(new Violation(invariant, text));
    }
}
