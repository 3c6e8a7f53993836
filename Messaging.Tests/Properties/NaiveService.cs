using Messaging.V1;

namespace Messaging.Tests.Properties;

/// <summary>
/// docs/protocol.md as plain code over plain lists, frame in, frames out: slow, and short enough to be checked by
/// reading. It knows nothing of the service's own types. One step is taken to its end before the next.
/// </summary>
/// <param name="invalidInARow">Frames answered <c>invalid_argument</c> in a row that end a stream.</param>
internal sealed partial class NaiveService(int invalidInARow)
{
    private readonly Dictionary<string, List<NaiveEntry>> sequences = [];
    private readonly Dictionary<string, int> cursors = [];
    private readonly List<NaiveConversationFacts> conversations = [];
    private readonly List<NaiveMessage> messages = [];
    private readonly Dictionary<string, NaiveFrameStream> open = [];

    public IReadOnlyDictionary<string, NaiveFrameStream> Open => open;

    public IReadOnlyList<NaiveMessage> Messages => messages;

    /// <summary>A device acknowledged what never was: the operator is told.</summary>
    public bool HasAlarm { get; private set; }

    public List<NaiveEntry> Sequence(string user) =>
        sequences.TryGetValue(user, out var sequence) ? sequence : sequences[user] = [];

    public NaiveConversationFacts Conversation(string one, string other)
    {
        var found = conversations.Find(known => known.IsOf(one, other));
        if (found is null)
            conversations.Add(found = new NaiveConversationFacts(one, other));
        return found;
    }

    public int CursorOf(string device) => cursors.GetValueOrDefault(device);

    // §2: a second stream replaces the first; a device is registered the first time.
    public NaiveFrameStream Connect(string device, int window, bool startsAtHead)
    {
        if (open.Remove(device, out var older))
            older.Ending = Grpc.Core.StatusCode.Aborted;
        var stream = new NaiveFrameStream(device, window);
        var head = Sequence(stream.User).Count;
        if (!cursors.ContainsKey(device))
            cursors[device] = startsAtHead ? head : 0;
        stream.Begin(cursors[device], head);
        open[device] = stream;
        Pump();
        return stream;
    }

    public void End(string device, Grpc.Core.StatusCode status)
    {
        if (open.Remove(device, out var stream))
            stream.Ending = status;
    }

    /// <summary>A frame goes up: what comes down to whom is with the streams from now on.</summary>
    public void Take(string device, Frame frame)
    {
        var stream = open[device];
        var (isInvalid, answer) = frame.BodyCase switch
        {
            Frame.BodyOneofCase.Message => Take(stream, frame.Message),
            Frame.BodyOneofCase.Signal => Take(stream, frame.Signal),
            _ => (true, Refusal("", "invalid_argument")),
        };
        if (answer is not null)
            stream.Expected.Add(answer);
        Pump();

        stream.InvalidInARow = isInvalid ? stream.InvalidInARow + 1 : 0;
        if (stream.InvalidInARow == invalidInARow)
            End(device, Grpc.Core.StatusCode.ResourceExhausted);
    }

    private (bool IsInvalid, ExpectedFrame? Answer) Take(NaiveFrameStream stream, Message message)
    {
        if (!NaiveShape.Fits(message))
            return (true, Refusal(NaiveShape.Echo(message.Id), "invalid_argument"));
        if (!IsCaller(message.From, stream))
            return (false, Refusal(message.Id, "permission_denied"));
        return (false, Send(stream, message));
    }

    private (bool IsInvalid, ExpectedFrame? Answer) Take(NaiveFrameStream stream, Signal signal)
    {
        var row = NaiveShape.RowOf(signal);
        if (!NaiveShape.Fits(signal, row))
        {
            // §5: an acknowledgement that is negative is told the cursor.
            var refusal = Refusal(NaiveShape.Echo(signal.Id), "invalid_argument");
            if (row == NaiveRow.Acknowledgement && signal.SignalOffset < 0)
                Acknowledged(refusal.Frame.Signal, stream);
            return (true, refusal);
        }

        if (!IsCaller(signal.From, stream))
            return (false, Refusal(signal.Id, "permission_denied"));
        return (false, row switch
        {
            NaiveRow.Report => TakeReport(stream, signal),
            NaiveRow.Read or NaiveRow.Played => TakeRead(stream, signal, row == NaiveRow.Played),
            NaiveRow.Awareness => TakeAwareness(stream, signal),
            NaiveRow.Acknowledgement => TakeAcknowledgement(stream, signal),
            _ => TakeReread(stream, signal),
        });
    }

    // §4
    private ExpectedFrame Send(NaiveFrameStream stream, Message message)
    {
        var stored = messages.Find(known => known.Author.User == stream.User && known.Content.Id == message.Id);
        if (stored is not null && !stored.IsSame(message))
            return Refusal(message.Id, "already_exists");

        if (stored is null)
        {
            var conversation = Conversation(stream.User, message.To.User);
            stored = new NaiveMessage(message.Clone(), stream.Identity, conversation.Timeline.Count + 1);
            messages.Add(stored);
            conversation.Timeline.Add(stored);
            stored.OwnOffset = Append(stream.User, new NaiveEntry(stored));
            if (message.To.User != stream.User)
                Append(message.To.User, new NaiveEntry(stored));
            Deliver(stream, stored.OwnOffset);
        }

        return new ExpectedFrame(Answer(new Signal
        {
            Id = message.Id,
            SignalOffset = stored.OwnOffset,
            UserOffset = stored.UserOffset,
            To = message.To,
            SignalAckState = new SignalAckState { Send = true },
            SignalOffsetState = true,
        }), stored.StoredAt);
    }

    // §5
    private ExpectedFrame? TakeAcknowledgement(NaiveFrameStream stream, Signal signal)
    {
        if (signal.SignalOffset > Sequence(stream.User).Count)
        {
            HasAlarm = true;
            var refusal = Refusal(signal.Id, "out_of_range");
            refusal.Frame.Signal.Type = SignalKind.Response;
            Acknowledged(refusal.Frame.Signal, stream);
            return refusal;
        }

        Acknowledge(stream, signal.SignalOffset);
        if (signal.Id.Length == 0)
            return null;
        var answer = new Signal { Id = signal.Id, SignalOffsetState = true };
        Acknowledged(answer, stream);
        return new ExpectedFrame(Answer(answer));
    }

    private void Acknowledge(NaiveFrameStream stream, int upTo)
    {
        stream.Acknowledge(upTo, CursorOf(stream.Device));
        if (upTo <= CursorOf(stream.Device))
            return;
        cursors[stream.Device] = stream.PassOver(upTo);

        // §6: every message of others up to there is received now.
        foreach (var conversation in conversations.Where(one => one.Has(stream.User)))
        {
            var last = Sequence(stream.User).Take(upTo).Select(entry => entry.Message).OfType<NaiveMessage>()
                .LastOrDefault(message => conversation.Timeline.Contains(message) && message.Author.User != stream.User);
            if (last is null || last.UserOffset <= conversation.Received(stream.User))
                continue;
            conversation.ReceivedTo[stream.User] = last.UserOffset;
            Append(last.Author.User, new NaiveEntry(Receipt(stream, last.Content.Id, last.UserOffset, last.Author.User)));
        }
    }

    // §7
    private ExpectedFrame? TakeAwareness(NaiveFrameStream stream, Signal signal)
    {
        foreach (var other in open.Values.Where(other => other.User == signal.To.User && other.User != stream.User
            && (signal.To.Device.Length == 0 || other.Identity.Device == signal.To.Device)))
        {
            other.Expected.Add(new ExpectedFrame(new Frame
            {
                Signal = new Signal
                {
                    Id = signal.Id,
                    Status = signal.Status,
                    Timestamp = signal.Timestamp,
                    Type = signal.Type,
                    To = signal.To,
                    From = stream.Identity,
                    SignalType = SignalType.Receiver,
                },
            }));
        }

        return signal.Id.Length == 0
            ? null
            : new ExpectedFrame(Answer(new Signal { Id = signal.Id, SignalOffsetState = true }));
    }

    private ExpectedFrame TakeReread(NaiveFrameStream stream, Signal signal)
    {
        var head = Sequence(stream.User).Count;
        if (signal.SignalOffset > head)
            return Refusal(signal.Id, "out_of_range");
        stream.GoBack(signal.SignalOffset, head);
        return new ExpectedFrame(NaiveFrameStream.PositionFrame(signal.SignalOffset, signal.Id));
    }

    /// <summary>An entry whose answer delivers it to this stream (§4, §5).</summary>
    private void Deliver(NaiveFrameStream stream, int own)
    {
        stream.Answered(own);
        cursors[stream.Device] = stream.PassOver(CursorOf(stream.Device));
    }

    private int Append(string user, NaiveEntry entry)
    {
        Sequence(user).Add(entry);
        return Sequence(user).Count;
    }

    /// <summary>Every stream gets what its window lets go.</summary>
    private void Pump()
    {
        foreach (var stream in open.Values)
            stream.Walk(Sequence(stream.User), StateOf);
    }

    // §5: how far a message has come with its receiver.
    private SignalAckState StateOf(NaiveMessage message)
    {
        var (author, receiver) = (message.Author.User, message.Content.To.User);
        var conversation = Conversation(author, receiver);
        return new SignalAckState
        {
            Send = true,
            Received = author != receiver && conversation.Received(receiver) >= message.UserOffset,
            Read = author != receiver && conversation.Read(receiver) >= message.UserOffset,
        };
    }

    private static bool IsCaller(Identity? from, NaiveFrameStream stream) =>
        from is null or { User: "", Device: "" }
        || (from.User == stream.User && (from.Device.Length == 0 || from.Device == stream.Identity.Device));

    private void Acknowledged(Signal answer, NaiveFrameStream stream)
    {
        answer.SignalOffset = CursorOf(stream.Device);
        answer.SignalAckState = new SignalAckState { Received = true };
    }

    // §9: none of these may succeed later, but for an acknowledgement past the head, which says so itself.
    private static ExpectedFrame Refusal(string id, string code) =>
        new(Answer(new Signal { Id = id, Error = code, Type = SignalKind.Error }));

    private static Frame Answer(Signal signal)
    {
        if (signal.Type == SignalKind.Unspecified)
            signal.Type = SignalKind.Response;
        signal.SignalType = SignalType.Sender;
        return new Frame { Signal = signal };
    }
}
