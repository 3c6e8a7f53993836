using Messaging.Tests.Reliability.Judging;
using Messaging.V1;

namespace Messaging.Tests.Support;

/// <summary>
/// Watches both directions of one stream and refuses whatever the protocol does not allow: a hole, a repeat, more in
/// flight than the window, a wrong role, a second answer. Not safe for concurrent use.
/// </summary>
internal sealed class QueueCheck(string user, string device, int window)
{
    private readonly HashSet<string> fresh = [];
    private readonly Dictionary<string, int> unanswered = [];
    private readonly HashSet<string> rereads = [];
    private readonly SortedDictionary<int, bool> answered = [];
    private readonly SortedSet<int> inFlight = [];
    private readonly Dictionary<string, int> timelines = [];
    // Acknowledgements of what had not come: where they arrive in time, the queue goes on behind them (§5).
    private readonly SortedSet<int> skips = [];
    private readonly List<int> skipsSinceReread = [];
    private int acknowledged;
    private int acknowledgedSinceReread;
    private int cursor;
    private int? came;

    /// <summary>
    /// Everything up to here has come, is accounted for, or was acknowledged; null before the first position signal.
    /// </summary>
    public int? Position => came is { } upTo ? Math.Max(upTo, skips.Max) : null;

    /// <summary>A frame is about to go up.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="isRepeat">It may have been taken before: its answer need not be a delivery.</param>
    public void Sends(Frame frame, bool isRepeat)
    {
        if (frame.Message is { } message)
        {
            unanswered[message.Id] = unanswered.GetValueOrDefault(message.Id) + 1;
            if (!isRepeat)
                fresh.Add(message.Id);
        }
        else if (frame.Signal is { } signal)
        {
            if (signal.Id.Length > 0)
                unanswered[signal.Id] = unanswered.GetValueOrDefault(signal.Id) + 1;
            if (signal.Type == SignalKind.Request)
            {
                rereads.Add(signal.Id);
                acknowledgedSinceReread = 0;
                skipsSinceReread.Clear();
            }
            else if (signal is { SignalAckState.Received: true, SignalOffset: > 0 })
                Acknowledge(signal.SignalOffset);
        }
    }

    /// <summary>A frame came down.</summary>
    /// <exception cref="ProtocolViolationException">It must not have.</exception>
    public void Takes(Frame frame)
    {
        if (came is null)
            Begin(frame);
        else if (frame.Message is { } message)
            TakeMessage(message);
        else if (frame.Signal is not { } signal)
            throw Violation("has no body", frame);
        else if (signal.From is null)
            TakeAnswer(signal);
        else if (signal.SignalOffset > 0)
            TakeSignal(signal);
        else
            Require(signal.SignalType == SignalType.Receiver && signal.Status != 0, "is no awareness signal", signal);
    }

    private void Begin(Frame frame)
    {
        Require(frame.Signal is { } signal && IsPosition(signal), "is not the first position signal", frame);
        came = acknowledged = cursor = frame.Signal.SignalOffset;
    }

    private void TakeMessage(Message message)
    {
        var role = message.From.User != user ? SignalType.Receiver
            : message.From.Device == device ? SignalType.Sender
            : SignalType.Device;
        Require(message.SignalType == role, $"should come as {role}", message);
        Require(message.From.User.Length > 0 && message.From.Device.Length > 0, "has no sender", message);
        Require(message.SignalOffsetState, "has not advanced", message);
        Require(message.SignalRequest != SignalRequest.Unspecified, "is neither pulled nor pushed", message);
        Require(message.SignalAckState?.Send == true, "was not accepted", message);
        TakeEntry(message.SignalOffset, message);

        var peer = message.From.User == user ? message.To.User : message.From.User;
        Require(message.UserOffset > timelines.GetValueOrDefault(peer), "is out of its conversation's order", message, Invariant.Reorder);
        timelines[peer] = message.UserOffset;
    }

    private void TakeSignal(Signal signal)
    {
        // An error is about a message that this user sent, also where it is the user's own device that says so.
        var isOfAnotherDevice = signal.From.User == user && signal.From.Device != device;
        var role = isOfAnotherDevice && signal.Type != SignalKind.Error ? SignalType.Device : SignalType.Sender;
        Require(signal.SignalType == role, $"should come as {role}", signal);
        TakeEntry(signal.SignalOffset, signal);
    }

    private void TakeEntry(int offset, object frame)
    {
        Advance();
        came = BehindAnswers(came!.Value, offset);
        Require(offset > came, $"repeats, the position is {came}", frame, Invariant.Duplicate);
        foreach (var skip in skips.Where(skip => skip > came && BehindAnswers(skip, offset) == offset - 1))
        {
            came = offset - 1;
            break;
        }

        Require(offset == came + 1, $"leaves a hole behind {came}", frame, Invariant.Gap);
        Require(!answered.GetValueOrDefault(offset), "was delivered by its answer", frame, Invariant.Duplicate);
        came = offset;
        Advance();
        if (offset > acknowledged)
            inFlight.Add(offset);
        Require(inFlight.Count <= window, $"is number {inFlight.Count} in flight, the window is {window}", frame);
    }

    private void TakeAnswer(Signal signal)
    {
        if (IsPosition(signal))
        {
            TakePosition(signal);
            return;
        }

        Require(signal.SignalType == SignalType.Sender, "is an answer, and should come as SENDER", signal);
        Require(signal.Type is SignalKind.Response or SignalKind.Error, "is an answer of no kind", signal);
        Require(signal.SignalOffsetState == !signal.HasError, "says yes and why not", signal);
        Require(signal.Type == SignalKind.Response || signal.HasError, "is an error without a reason", signal);
        Answer(signal);
        if (signal is { SignalOffset: > 0, SignalOffsetState: true }
            && signal.SignalAckState is { Send: true } or { Read: true })
        {
            // A read that moved nothing has no offset: one that has was answered for the first time.
            // Of a message that was sent again on this stream, only the first answer is one.
            var isDelivery = signal.SignalAckState.Read || fresh.Remove(signal.Id);
            Require(
                !isDelivery || answered.ContainsKey(signal.SignalOffset) || signal.SignalOffset > came,
                $"is answered behind a later entry, the position is {came}", signal, Invariant.Reorder);
            answered.TryAdd(signal.SignalOffset, isDelivery);
        }

        Advance();
    }

    private void TakePosition(Signal signal)
    {
        if (rereads.Remove(signal.Id))
        {
            Answer(signal);
            came = signal.SignalOffset;
            skips.Clear();
            skips.UnionWith(skipsSinceReread);
            acknowledged = Math.Max(signal.SignalOffset, acknowledgedSinceReread);
            inFlight.Clear();
            answered.Clear();
            timelines.Clear();
            return;
        }

        Require(signal.Id.Length == 0, "is a position that nobody asked for", signal);
        if (signal.SignalOffset > came)
            came = signal.SignalOffset;
        Advance();
    }

    private void Answer(Signal signal)
    {
        if (signal.Id.Length == 0)
            return;
        var open = unanswered.GetValueOrDefault(signal.Id);
        Require(open > 0, "answers nothing that is open", signal);
        unanswered[signal.Id] = open - 1;
    }

    // Only an answer that is surely a delivery moves the position by itself (§4).
    private void Advance()
    {
        while (answered.GetValueOrDefault(came!.Value + 1))
            came++;
        skips.RemoveWhere(skip => skip <= came);
        while (answered.GetValueOrDefault(cursor + 1))
            cursor++;
    }

    private void Acknowledge(int upTo)
    {
        acknowledged = Math.Max(acknowledged, upTo);
        acknowledgedSinceReread = Math.Max(acknowledgedSinceReread, upTo);
        inFlight.RemoveWhere(offset => offset <= upTo);

        // After a re-read, only what is past the cursor skips what has still to come (§5).
        if (upTo <= cursor)
            return;
        cursor = upTo;
        skipsSinceReread.Add(upTo);
        if (upTo > came)
            skips.Add(upTo);
    }

    // Own entries that answers delivered are left out, as far as one that came is behind them.
    private int BehindAnswers(int from, int offset)
    {
        while (from + 1 < offset && answered.ContainsKey(from + 1))
            from++;
        return from;
    }

    private static bool IsPosition(Signal signal) => signal is
    {
        From: null,
        To: null,
        Type: SignalKind.Response,
        SignalType: SignalType.Device,
        SignalOffsetState: true,
        SignalAckState: null,
        UserOffset: 0,
        Timestamp: 0,
        HasError: false,
    };

    private void Require(bool holds, string otherwise, object frame, Invariant invariant = Invariant.Protocol)
    {
        if (!holds)
            throw Violation(otherwise, frame, invariant);
    }

    private ProtocolViolationException Violation(string what, object frame, Invariant invariant = Invariant.Protocol) =>
        new($"{user}/{device}: {frame} {what}.", invariant);
}

/// <summary>The server did something that the protocol does not allow.</summary>
/// <param name="message">What it did, to whom.</param>
/// <param name="invariant">What that breaks.</param>
internal sealed class ProtocolViolationException(string message, Invariant invariant) : Exception(message)
{
    public Invariant Invariant { get; } = invariant;
}
