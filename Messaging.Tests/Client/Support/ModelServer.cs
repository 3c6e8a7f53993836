using Messaging.V1;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Client.Support;

/// <summary>
/// The protocol's server in memory, for one device of alice, with a seed's worth of bad luck: refusals, late answers,
/// streams that break before or after a message is stored. It checks what the client must never do.
/// </summary>
internal sealed class ModelServer(
    ScriptedTransport transport, FakeTimeProvider time, Random random, int window, int incoming)
{
    private readonly List<Entry> _sequence = [];
    private readonly Dictionary<string, Entry> _stored = [];
    private readonly Dictionary<string, List<string>> _fences = [];
    private readonly Queue<(Entry Entry, bool IsFirst)> _answers = new();
    private readonly HashSet<int> _deliveredByAnswer = [];
    private ScriptedStream? _stream;
    private int _cursor;
    private int _acknowledged;
    private int _sent;
    private int _incoming;

    public Dictionary<string, List<string>> Timelines { get; } = [];

    /// <summary>How many of bob's messages the application has handled.</summary>
    public Func<int> Handled { get; init; } = () => 0;

    public bool IsDrained => _incoming == incoming && _cursor == _sequence.Count && _answers.Count == 0;

    public async Task RunAsync(Func<bool> isDone)
    {
        using var deadline = new CancellationTokenSource(Waits.Deadline);
        while (!isDone() || !IsDrained)
        {
            Assert.That(deadline.IsCancellationRequested, Is.False,
                $"cursor {_cursor}, sent {_sent}, head {_sequence.Count}, handled {Handled()}");
            _stream ??= Begin(await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(1), transport.NextAsync()));
            Step();
            time.Advance(TimeSpan.FromMilliseconds(5));
            await Task.Yield();
        }
    }

    private ScriptedStream Begin(ScriptedStream stream)
    {
        _fences.Clear();
        _answers.Clear();
        _deliveredByAnswer.Clear();
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
                _stream!.Break();
                _stream = null;
                break;
            case < 42 when _stream!.TryNext(out var frame):
                if (frame.Message is { } message)
                    Take(message);
                else
                    Acknowledge(frame.Signal);
                break;
            case < 60 when _answers.Count > 0:
                Answer();
                break;
            case < 70 when _incoming < incoming:
                Append(new Entry($"bob {++_incoming}", "", _sequence.Count + 1, _incoming, IsOwn: false));
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
        if (_sent == _sequence.Count || _sent - _cursor >= window)
            return;
        var entry = _sequence[_sent];
        // Protocol §4: the first answer comes before every entry with a higher offset.
        while (_answers.Any(a => a.IsFirst && a.Entry.Offset <= entry.Offset))
            Answer();
        _sent = Math.Max(_sent, entry.Offset);
        if (_deliveredByAnswer.Contains(entry.Offset))
            return;
        var frame = Down.Message(
            entry.Offset, entry.Id, entry.IsOwn ? "alice" : "bob",
            entry.IsOwn ? SignalType.Sender : SignalType.Receiver);
        _stream!.Send(frame);
    }

    private void Acknowledge(Signal signal)
    {
        Assert.That(signal.SignalAckState.Received, Is.True);
        Assert.That(signal.SignalOffset, Is.GreaterThan(_cursor).And.LessThanOrEqualTo(_sequence.Count));
        var covered = _sequence.Take(signal.SignalOffset).Count(e => !e.IsOwn);
        Assert.That(Handled(), Is.GreaterThanOrEqualTo(covered), "an unhandled message was acknowledged");
        _cursor = _acknowledged = signal.SignalOffset;
        MoveCursor();
    }

    // Over own entries that follow, where their answers have gone out.
    private void MoveCursor()
    {
        while (_deliveredByAnswer.Contains(_cursor + 1)
            && !_answers.Any(a => a.IsFirst && a.Entry.Offset == _cursor + 1))
        {
            _cursor++;
        }
        _sent = Math.Max(_sent, _cursor);
    }

    private sealed record Entry(string Id, string To, int Offset, int UserOffset, bool IsOwn);
}
