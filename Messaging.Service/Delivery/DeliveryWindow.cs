using Messaging.Service.Ledger;

namespace Messaging.Service.Delivery;

/// <summary>
/// What is in flight to one device: sent on this stream and not acknowledged (protocol §5). Owned by the stream's
/// write loop.
/// </summary>
internal sealed class DeliveryWindow(int maxEntries, int maxBytes)
{
    // In order of offset: entries go out in order, and a re-read takes the later ones back first.
    private readonly Queue<(SignalOffset Offset, int Bytes, long RecordedAt)> _inFlight = new();
    private int _bytes;
    private long _oldest;

    /// <summary>How many are in flight; about so many, on any thread.</summary>
    public int InFlight => _inFlight.Count;

    /// <summary>When the oldest of them was recorded, epoch milliseconds; 0 where there is none. Any thread.</summary>
    public long OldestInFlight => Volatile.Read(ref _oldest);

    public int RoomForEntries => maxEntries - _inFlight.Count;

    public int RoomForBytes => Math.Max(maxBytes - _bytes, 0);

    public bool IsOpen => _inFlight.Count == 0 || (_inFlight.Count < maxEntries && _bytes < maxBytes);

    /// <summary>One entry may always go, however large.</summary>
    public bool Admits(int bytes) =>
        _inFlight.Count == 0 || (_inFlight.Count < maxEntries && _bytes + bytes <= maxBytes);

    public void Add(SignalOffset offset, int bytes, long recordedAt = 0)
    {
        _inFlight.Enqueue((offset, bytes, recordedAt));
        _bytes += bytes;
        if (_inFlight.Count == 1)
            Volatile.Write(ref _oldest, recordedAt);
    }

    /// <summary>The device has everything up to here.</summary>
    public void Release(SignalOffset upTo)
    {
        while (_inFlight.TryPeek(out var oldest) && oldest.Offset <= upTo)
        {
            _bytes -= oldest.Bytes;
            _inFlight.Dequeue();
        }

        NoteOldest();
    }

    /// <summary>Entries behind this one count again only as they are sent again (protocol §5, re-reading).</summary>
    public void TakeBack(SignalOffset after)
    {
        for (var left = _inFlight.Count; left > 0; left--)
        {
            var entry = _inFlight.Dequeue();
            if (entry.Offset <= after)
                _inFlight.Enqueue(entry);
            else
                _bytes -= entry.Bytes;
        }

        NoteOldest();
    }

    private void NoteOldest() =>
        Volatile.Write(ref _oldest, _inFlight.TryPeek(out var oldest) ? oldest.RecordedAt : 0);
}
