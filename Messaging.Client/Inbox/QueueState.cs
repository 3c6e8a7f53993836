using Messaging.Client.Connection;
using Messaging.Client.Storage;

namespace Messaging.Client.Inbox;

/// <summary>
/// This device's receiver queue as far as the client knows it: what has come, what is handled, what may be
/// acknowledged (protocol §5). Owned by the <see cref="ReceiveQueue"/> and its lock.
/// </summary>
internal sealed class QueueState(AcknowledgementPace pace)
{
    private readonly Position _position = new();
    private readonly InFlightEntries _inFlight = new();
    private string? _epoch;

    // Entries that the store has not written yet, in order.
    private readonly Queue<SignalOffset> _unwritten = new();

    // The most that was acknowledged on any stream of this epoch.
    private SignalOffset _everAcknowledged;

    // Null while the place is known.
    private Reread? _reread;
    private bool _isRereadWritten;

    public UnhandledMessages Unhandled { get; } = new();

    public Place Place => _position.Place;

    public SignalOffset Known => _position.Known;

    public bool IsPaused => _inFlight.IsFull && !_inFlight.Awaits(Handled);

    public StoredPosition? Standing => PositionAt(_everAcknowledged);

    public StoredPosition? Safe => PositionAt(SignalOffset.Max(_everAcknowledged, Handled));

    /// <summary>How many epochs came before the present one.</summary>
    public int Era { get; private set; }

    private SignalOffset Handled
    {
        get
        {
            var handled = Unhandled.FirstOffset?.Previous() ?? _position.Known;
            return _unwritten.TryPeek(out var first) && first <= handled ? first.Previous() : handled;
        }
    }

    public void Restore(StoredPosition position, int era)
    {
        _epoch = position.Epoch;
        Era = era;
        _everAcknowledged = position.Offset;
        _position.Restore(position.Offset);
    }

    /// <summary>What the stream's epoch is to the one before.</summary>
    public EpochStep NewStream(string epoch, int? window)
    {
        _position.NewStream();
        _inFlight.NewStream(window);
        _reread = null;
        // A stream that is refused names no epoch: its status follows, and what is known still holds.
        if (epoch.Length == 0)
            return EpochStep.Same;
        var step = _epoch is null ? EpochStep.First : _epoch == epoch ? EpochStep.Same : EpochStep.Other;
        if (step == EpochStep.Other)
            ForgetOffsets();
        _epoch = epoch;
        return step;
    }

    public void AccountFor(SignalOffset upTo, string id)
    {
        if (Place == Place.Unnamed)
        {
            _everAcknowledged = SignalOffset.Max(_everAcknowledged, upTo);
            _inFlight.Begin(upTo, _position.Known);
            _position.Begin(upTo);
        }
        else if (IsReread(id))
        {
            _reread = null;
            _inFlight.BeginAgain(upTo);
            _position.Begin(upTo);
        }
        else
        {
            _position.AccountFor(upTo);
        }
    }

    public void Count(SignalOffset entry, OwnAnswer answer) => _position.Count(entry, answer);

    public Step Take(SignalOffset entry)
    {
        // Asked first: an entry that has been counted must be kept.
        if (Place == Place.InLine && _inFlight.Exceeds(entry))
            throw new StreamLostException("The server sends past its own window.");
        var step = _position.Advance(entry);
        if (step == Step.Gap)
            Lose(entry);
        // A known one too: it comes again because the server has no acknowledgement of it.
        else if (step != Step.Passed)
            _inFlight.Add(entry);
        return step;
    }

    /// <summary>The entry is new, and is safe once the store has it.</summary>
    public void AwaitWrite(SignalOffset entry) => _unwritten.Enqueue(entry);

    /// <summary>The store has the first of the entries that it was given under this epoch.</summary>
    public void EndWrite(int era)
    {
        if (era == Era)
            _unwritten.Dequeue();
    }

    public bool IsReread(string id) => _reread is not null && _reread.Id == id;

    public Reread? TakeReread()
    {
        if (_isRereadWritten)
            return null;
        _isRereadWritten = true;
        return _reread;
    }

    public StoredPosition? TakeAcknowledgement(bool atOnce)
    {
        var upTo = Handled;
        if (Place == Place.Unnamed || !_inFlight.Awaits(upTo))
            return null;
        if (!atOnce && (pace.IsBackingOff || !_inFlight.FreesHalf(upTo)) && !pace.AllowsNow())
            return null;
        pace.Went();
        _inFlight.Acknowledge(upTo);
        _everAcknowledged = SignalOffset.Max(_everAcknowledged, upTo);
        return PositionAt(upTo);
    }

    public void RefuseAcknowledgement()
    {
        _inFlight.Refuse();
        pace.BackOff();
    }

    private void Lose(SignalOffset entry)
    {
        if (!_position.TryLose())
            throw new StreamLostException($"Entries are missing: {entry} came after {_position.Known}.");
        _reread = new Reread(_position.Known, Guid.NewGuid().ToString());
        _isRereadWritten = false;
    }

    private StoredPosition? PositionAt(SignalOffset offset) =>
        _epoch is { } epoch && offset > SignalOffset.None ? new StoredPosition(epoch, offset) : null;

    private void ForgetOffsets()
    {
        _position.Forget();
        _everAcknowledged = SignalOffset.None;
        _unwritten.Clear();
        Era++;
        Unhandled.MakeStale();
    }
}
