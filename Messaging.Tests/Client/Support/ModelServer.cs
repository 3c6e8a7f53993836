using Messaging.V1;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Client.Support;

/// <summary>
/// The protocol's server in memory, for one device of alice, with a seed's worth of bad luck: refusals, late answers,
/// entries that go missing, streams that break before or after a message is stored. It checks what the client must
/// never do.
/// </summary>
internal sealed class ModelServer(
    ScriptedTransport transport, FakeTimeProvider time, Random random, int window, int incoming)
{
    private readonly List<Entry> _sequence = [];
    private readonly Dictionary<string, Entry> _stored = [];
    private readonly Dictionary<string, List<string>> _fences = [];
    private readonly Queue<(Entry Entry, bool IsFirst)> _answers = new();
    private readonly HashSet<int> _deliveredByAnswer = [];
    private readonly SortedSet<int> _inFlight = [];

    // Entries are sent again, or, for all the client can tell, an acknowledgement was refused: it may come again.
    private bool _mayRepeat;
    private ScriptedStream? _stream;
    private int _cursor;
    private int _acknowledged;
    private int _sent;
    private int _incoming;

    public Dictionary<string, List<string>> Timelines { get; } = [];

    /// <summary>Where the device's next stream comes from.</summary>
    public ScriptedTransport Transport { get; set; } = transport;

    /// <summary>How many of bob's messages are safe with the application.</summary>
    public Func<int> Handled { get; init; } = () => 0;

    /// <summary>Done between two steps.</summary>
    public Func<Task> BetweenSteps { get; init; } = () => Task.CompletedTask;

    /// <summary>How the device stands, for who looks for what is stuck.</summary>
    public Func<string> Describe { get; init; } = () => "";

    public TimeSpan Deadline { get; init; } = Waits.Deadline;

    public HashSet<string> Reports { get; } = [];

    public HashSet<string> Played { get; } = [];

    public int ReadUpTo { get; private set; }

    public int Rereads { get; private set; }

    public bool IsDrained => _incoming == incoming && _cursor == _sequence.Count && _answers.Count == 0;

    public async Task RunAsync(Func<bool> isDone)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!isDone() || !IsDrained)
        {
            Assert.That(deadline.IsCancellationRequested, Is.False,
                $"cursor {_cursor}, sent {_sent}, head {_sequence.Count}, handled {Handled()}, {Describe()}");
            // The device may have given a stream up by itself.
            if (Transport.TryNext() is { } newer)
                _stream = Begin(newer);
            _stream ??= Begin(await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(1), Transport.NextAsync()));
            Step();
            await BetweenSteps();
            time.Advance(TimeSpan.FromMilliseconds(5));
            await Task.Yield();
        }
    }

    /// <summary>The stream is lost, and what is under way on it: nothing more comes to the device or from it.</summary>
    public void Lose()
    {
        _stream?.Break();
        _stream = null;
    }

    private ScriptedStream Begin(ScriptedStream stream)
    {
        _fences.Clear();
        _answers.Clear();
        _deliveredByAnswer.Clear();
        _inFlight.Clear();
        _mayRepeat = false;
        // A move over own entries need not have been on disk when the stream was lost.
        if (random.Next(2) == 0)
            _cursor = _acknowledged;
        _sent = _cursor;
        return stream.Open(_cursor, window: window);
    }

    private void Step()
    {
        switch (random.Next(100))
        {
            case < 3:
                Lose();
                break;
            case < 42 when _stream!.TryNext(out var frame):
                if (frame.Message is { } message)
                    Take(message);
                else
                    Take(frame.Signal);
                break;
            case < 60 when _answers.Count > 0:
                Answer();
                break;
            case < 70 when _incoming < incoming:
                Append(new Entry($"bob {++_incoming}", "", _sequence.Count + 1, _incoming, IsOwn: false));
                break;
            case < 74:
                _stream!.Send(Down.Awareness(SignalStatus.Typing, id: $"bob {random.Next(incoming)}"));
                break;
            default:
                Deliver();
                break;
        }
    }

    private void Take(Message message)
    {
        var to = message.To.User;
        if (_stored.TryGetValue(message.Id, out var repeated))
        {
            _answers.Enqueue((repeated, false));
            return;
        }
        var fence = _fences.GetValueOrDefault(to) ?? (_fences[to] = []);
        var isNext = fence.Count == 0 || fence[0] == message.Id;
        if (!isNext || random.Next(5) == 0)
        {
            if (!fence.Contains(message.Id))
                fence.Add(message.Id);
            _stream!.Send(Down.NotAdvanced(message.Id, isNext ? "unavailable: busy" : "aborted: one waits"));
            return;
        }
        fence.Remove(message.Id);
        var timeline = Timelines.GetValueOrDefault(to) ?? (Timelines[to] = []);
        timeline.Add(message.Id);
        var entry = new Entry(message.Id, to, _sequence.Count + 1, timeline.Count, IsOwn: true);
        Append(entry);
        _stored.Add(message.Id, entry);
        _deliveredByAnswer.Add(entry.Offset);
        _answers.Enqueue((entry, true));
    }

    private void Take(Signal signal)
    {
        if (signal is { SignalAckState.Received: true })
        {
            if (random.Next(8) == 0)
                Refuse("");
            else
                Acknowledge(signal.SignalOffset);
            return;
        }
        if (signal.Type == SignalKind.Request)
        {
            Reread(signal);
            return;
        }
        var isAwareness = signal.Status is not (SignalStatus.Unspecified or SignalStatus.Played);
        if (!isAwareness && random.Next(5) == 0)
        {
            Refuse(signal.Id);
            return;
        }
        if (signal.Type == SignalKind.Error)
            Reports.Add(signal.Id);
        else if (signal.Status == SignalStatus.Played)
            Played.Add(signal.Id);
        else if (!isAwareness)
            ReadUpTo = Math.Max(ReadUpTo, signal.UserOffset);
        if (isAwareness || signal.Type == SignalKind.Error)
            _stream!.Send(Down.Taken(signal.Id));
        else
            _stream!.Send(Down.ReadAnswer(0, signal.UserOffset, signal.Id));
    }

    private void Reread(Signal asked)
    {
        Assert.That(asked, Has.Property("SignalOffset").InRange(0, _sequence.Count).And.Property("Id").Not.Empty);
        Rereads++;
        _mayRepeat = true;
        _stream!.Send(Down.Position(asked.SignalOffset, asked.Id));
        _sent = asked.SignalOffset;
        _inFlight.RemoveWhere(offset => offset > _sent);
        // Protocol §5: own entries come again too.
        _deliveredByAnswer.RemoveWhere(offset => offset > _sent && !IsPending(offset));
    }

    private void Append(Entry entry) => _sequence.Add(entry);

    private void Answer()
    {
        var (entry, isFirst) = _answers.Dequeue();
        _stream!.Send(Down.Accepted(entry.Id, entry.Offset, entry.UserOffset));
        if (isFirst)
            MoveCursor();
    }

    private void Deliver()
    {
        if (_sent == _sequence.Count || _inFlight.Count >= window)
            return;
        var entry = _sequence[_sent];
        // Protocol §4: the first answer comes before every entry with a higher offset.
        while (_answers.Any(a => a.IsFirst && a.Entry.Offset <= entry.Offset))
            Answer();
        _sent = Math.Max(_sent, entry.Offset);
        if (_deliveredByAnswer.Contains(entry.Offset))
            return;
        _inFlight.Add(entry.Offset);
        // It goes missing; the next one shows it, or the next stream.
        if (random.Next(12) == 0)
            return;
        var frame = Down.Message(
            entry.Offset, entry.Id, entry.IsOwn ? "alice" : "bob",
            entry.IsOwn ? SignalType.Sender : SignalType.Receiver);
        frame.Message.UserOffset = entry.UserOffset;
        if (entry.IsOwn)
            frame.Message.To.User = entry.To;
        _stream!.Send(frame);
    }

    private void Refuse(string id)
    {
        _mayRepeat |= id.Length == 0;
        _stream!.Send(Down.NotAdvanced(id));
    }

    private void Acknowledge(int upTo)
    {
        Assert.That(upTo, Is.GreaterThan(_mayRepeat ? 0 : _cursor).And.LessThanOrEqualTo(_sequence.Count));
        var covered = _sequence.Take(upTo).Count(e => !e.IsOwn);
        Assert.That(Handled(), Is.GreaterThanOrEqualTo(covered), "an unhandled message was acknowledged");
        _inFlight.RemoveWhere(offset => offset <= upTo);
        if (upTo <= _cursor)
            return;
        _cursor = _acknowledged = upTo;
        _sent = Math.Max(_sent, _cursor);
        MoveCursor();
    }

    // Over own entries that follow, where their answers have gone out.
    private void MoveCursor()
    {
        while (_deliveredByAnswer.Contains(_cursor + 1) && !IsPending(_cursor + 1))
        {
            // What a re-read still has to deliver is not skipped.
            if (_sent == _cursor)
                _sent++;
            _cursor++;
        }
    }

    private bool IsPending(int offset) => _answers.Any(a => a.IsFirst && a.Entry.Offset == offset);

    private sealed record Entry(string Id, string To, int Offset, int UserOffset, bool IsOwn);
}
