using Messaging.Service.Security;

namespace Messaging.Service.Sync;

/// <summary>
/// How fast one stream is read (protocol §2), whatever comes on it: a flood of frames that cost no message, such as
/// acknowledgements, statuses and re-reads, waits like any other. Used by the stream's read loop alone.
/// </summary>
internal sealed class ReadPace(StreamOptions options, TimeProvider time)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(1);

    private TokenBucket _frames = new(options.FramesPerSecond, Span, time.GetTimestamp());
    private TokenBucket _bytes = new(options.BytesPerSecond, Span, time.GetTimestamp());

    /// <summary>Counts a frame; ends when one more may be read.</summary>
    public ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        _frames.Take(1);
        _bytes.Take(bytes);

        // The clock is asked only where something is owed, so that a frame within the pace costs two subtractions.
        if (_frames.Owed == TimeSpan.Zero && _bytes.Owed == TimeSpan.Zero)
            return default;
        var now = time.GetTimestamp();
        _frames.Fill(now, time);
        _bytes.Fill(now, time);
        var owed = _frames.Owed > _bytes.Owed ? _frames.Owed : _bytes.Owed;
        return owed == TimeSpan.Zero ? default : new ValueTask(Task.Delay(owed, time, cancellationToken));
    }
}
