using System.Collections.Concurrent;
using System.Diagnostics;
using Messaging.Service.Delivery;

namespace Messaging.Service.Sync;

/// <summary>
/// Counts what one stream did, for its last line in the log and for whoever listens. Where its caller has the stream
/// traced, each message is a span of its own, from the frame to its answer. The read loop calls <see cref="Took"/>, the
/// write loop the rest.
/// </summary>
internal sealed class StreamTally
{
    private readonly SyncTelemetry _telemetry;
    private readonly Activity? _call;
    private readonly ConcurrentDictionary<Taken, Activity>? _spans;
    private int _stalls;

    /// <param name="telemetry">Who listens.</param>
    /// <param name="call">The activity of the call, if it has one.</param>
    public StreamTally(SyncTelemetry telemetry, Activity? call)
    {
        _telemetry = telemetry;

        // Protocol §2: a stream may last for days. Only who asked for its trace gets one, and pays for it.
        if (call is not { Recorded: true } || !telemetry.Traces.HasListeners())
            return;
        _call = call;
        _spans = new(ReferenceEqualityComparer.Instance);
    }

    /// <summary>Frames that were taken.</summary>
    public int Frames { get; private set; }

    /// <summary>Frames that were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>Entries that were written.</summary>
    public int Entries { get; private set; }

    /// <summary>A frame was taken; before it is handed on.</summary>
    public void Took(Taken taken)
    {
        Frames++;
        if (_spans is null || taken is not Taken.Send send)
            return;

        // The loop itself goes on in the call's own activity.
        var outer = Activity.Current;
        var span = _telemetry.Traces.StartActivity("accept", ActivityKind.Server, _call!.Context);
        Activity.Current = outer;
        if (span is null)
            return;
        span.SetTag("messaging.system", "messaging").SetTag("messaging.operation.name", "accept")
            .SetTag("messaging.message.id", send.Submission.Id)
            .SetTag("messaging.message.body.size", send.Submission.Body.Length);
        _spans[taken] = span;
    }

    /// <summary>It is settled, and its answer, if it has one, is on its way.</summary>
    public void Answered(Taken taken)
    {
        var code = Refusals.CodeOf(taken);
        if (code is { } refused)
        {
            Refused++;
            _telemetry.Refused(refused);
        }

        if (_spans is null || !_spans.TryRemove(taken, out var span))
            return;
        if (code is { } because)
            span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", Security.Refusal.NameOf(because));
        span.Dispose();
    }

    /// <summary>The write loop has gone round.</summary>
    /// <param name="entries">So many entries were written.</param>
    /// <param name="stalls">So often the window has been full by now.</param>
    public void WentRound(int entries, int stalls)
    {
        if (entries > 0)
        {
            Entries += entries;
            _telemetry.Delivered(entries);
        }

        for (; _stalls < stalls; _stalls++)
            _telemetry.Stalled();
    }

    /// <summary>The stream is over, and both loops with it.</summary>
    public void End(Ending ending)
    {
        _telemetry.Ended(ending);
        if (_spans is null)
            return;
        foreach (var span in _spans.Values)
            span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", ending.Name).Stop();
        _call!.SetTag("messaging.system", "messaging").SetTag("messaging.stream.end", ending.Name)
            .SetTag("messaging.stream.frames", Frames).SetTag("messaging.stream.entries", Entries);
    }
}
