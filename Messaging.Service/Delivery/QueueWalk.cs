using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// One stream's walk down its user's queue (protocol §5): what goes next, in which role, pulled or pushed, and how much
/// of it. Owned by the stream's write loop.
/// </summary>
internal sealed class QueueWalk
{
    private const int PageEntries = 256;

    private readonly ILedgerStream _stream;
    private readonly DeliveryWindow _window;
    private readonly EntryFrames _frames;

    // Behind which offset the page in hand was read: it is of use only while the walk still stands there.
    private SignalOffset _readFrom;

    // Every entry up to the head had been sent when last looked at: the next one need not wait, and is pushed.
    private bool _isCaughtUp;

    // Offsets without anything for this device lie between the last frame and the position (protocol §2).
    private bool _owesPosition;
    private SignalOffset _holeBehind;

    // An entry was too large for what is left of the window's bytes; the next acknowledgement brings us back to it.
    private bool _isBlocked;

    // The window was full when last looked at, with more to send.
    private bool _isStalled;

    // The highest own entry whose delivery was its answer, and up to where a re-read has made those void (§5).
    private SignalOffset _lastAnswered;
    private SignalOffset _voidedTo;

    public QueueWalk(ILedgerStream stream, DeliveryWindow window, SignalOffset cursor, SignalOffset head)
    {
        _stream = stream;
        _window = window;
        _frames = new EntryFrames(stream.Device);
        Position = cursor;
        _isCaughtUp = cursor >= head;
    }

    /// <summary>Everything up to here has been sent, or holds nothing for this device.</summary>
    public SignalOffset Position { get; private set; }

    /// <summary>The offsets of which the page taken last tells the device that they hold nothing for it, as work.</summary>
    public List<PassOver> Passed { get; } = [];

    /// <summary>How often the window has been found full, with more to send.</summary>
    public int Stalls { get; private set; }

    /// <summary>How many entries the device has still to get or to acknowledge; about so many, on any thread.</summary>
    public int Waiting => Math.Max(_stream.Head.Value - Position.Value, 0) + _window.InFlight;

    /// <inheritdoc cref="DeliveryWindow.OldestInFlight"/>
    public long OldestInFlight => _window.OldestInFlight;

    /// <summary>What a heartbeat may say: never past what the device is known to have (protocol §2).</summary>
    public SignalOffset Confirmed => _stream.Cursor < Position ? _stream.Cursor : Position;

    /// <summary>
    /// Whether there is something to read that may go. Where not, a raised head or an acknowledgement brings us back.
    /// </summary>
    public bool WantsPage()
    {
        if (_stream.Head <= Position)
            return false;
        if (_window.IsOpen && !_isBlocked)
        {
            _isStalled = false;
            return true;
        }

        if (!_isStalled)
            Stalls++;
        (_isStalled, _isCaughtUp) = (true, false);
        return false;
    }

    /// <summary>Reads as much as the window lets go.</summary>
    public ValueTask<QueuePage> ReadAsync(CancellationToken cancellationToken)
    {
        _readFrom = Position;
        return _stream.ReadAsync(
            Position,
            Math.Clamp(_window.RoomForEntries, 1, PageEntries),
            Math.Max(_window.RoomForBytes, 1),
            cancellationToken);
    }

    /// <summary>Turns the page that was read last into frames, unless the walk has moved since.</summary>
    public void Take(QueuePage page, List<Frame> frames)
    {
        Passed.Clear();
        if (Position != _readFrom)
            return;

        foreach (var entry in page.Entries)
        {
            if (!TryTake(entry, frames))
            {
                (_isBlocked, _isCaughtUp) = (true, false);
                return;
            }
        }

        if (page.Through > Position)
        {
            Owe();
            Position = page.Through;
        }

        if (Position < _stream.Head)
            return;

        // Protocol §2: offsets that hold nothing are accounted for at once where no entry follows.
        if (_owesPosition)
            frames.Add(PassOver(Position));
        (_isCaughtUp, _owesPosition) = (true, false);
    }

    /// <summary>This stream's own entry is delivered by an answer (protocol §4, §5).</summary>
    public void Answered(SignalOffset own)
    {
        if (own > _lastAnswered)
            _lastAnswered = own;
    }

    /// <summary>The device has everything up to here; past its cursor, that skips what was not sent (§5).</summary>
    public void Acknowledged(SignalOffset upTo, bool isPastCursor)
    {
        _window.Release(upTo);
        _isBlocked = false;
        if (!isPastCursor || upTo <= Position)
            return;

        // Where that was all there is, the next entry has nothing to wait for.
        (Position, _owesPosition) = (upTo, false);
        _isCaughtUp |= upTo >= _stream.Head;
    }

    /// <summary>Goes back to deliver again from behind this offset, own entries too (protocol §5).</summary>
    public void GoBack(SignalOffset after)
    {
        _window.TakeBack(after);
        (_isBlocked, _owesPosition) = (false, false);
        _voidedTo = _lastAnswered;
        Position = after;
        _isCaughtUp = after >= _stream.Head;
    }

    private bool TryTake(QueueEntry entry, List<Frame> frames)
    {
        if (entry.Offset.Value > Position.Value + 1)
        {
            // What is left out before it is accounted for even if the entry itself has to wait.
            Owe();
            Position = new SignalOffset(entry.Offset.Value - 1);
        }

        // Protocol §4: on the stream on which it came, the answer was the delivery; it is written before this page. The
        // answer to a report delivers nothing (§6).
        if (entry.Record.Stream == _stream.Number && entry.Record is not ReportRecord && entry.Offset > _voidedTo)
        {
            Position = entry.Offset;
            return true;
        }

        var size = EntryFrames.SizeOf(entry);
        if (!_window.Admits(size))
            return false;
        if (_frames.For(entry, _isCaughtUp ? SignalRequest.Push : SignalRequest.Pull) is not { } frame)
        {
            Owe();
            Position = entry.Offset;
            return true;
        }

        if (_owesPosition)
            frames.Add(PassOver(Position));
        frames.Add(frame);
        _window.Add(entry.Offset, size, entry.Record.RecordedAt);
        (_owesPosition, Position) = (false, entry.Offset);
        return true;
    }

    private void Owe()
    {
        if (!_owesPosition)
            (_owesPosition, _holeBehind) = (true, Position);
    }

    private Frame PassOver(SignalOffset upTo)
    {
        Passed.Add(new PassOver(_stream, _holeBehind.Next(), upTo));
        return PositionFrames.At(upTo);
    }
}
