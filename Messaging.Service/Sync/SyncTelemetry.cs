using System.Diagnostics;
using System.Diagnostics.Metrics;
using Messaging.Service.Security;

namespace Messaging.Service.Sync;

/// <summary>
/// What the streams of this process tell of themselves. No user, no device and no id is among the attributes of a metric.
/// Safe for concurrent use; free where nobody listens.
/// </summary>
internal sealed class SyncTelemetry : IDisposable
{
    private const string EndAttribute = "messaging.stream.end";

    private readonly ConnectedDevices _devices;
    private readonly TimeProvider _time;
    private readonly UpDownCounter<long> _open;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _refusedStreams;
    private readonly Counter<long> _refusedFrames;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _stalls;

    public SyncTelemetry(Meter meter, ConnectedDevices devices, TimeProvider time)
    {
        (_devices, _time) = (devices, time);
        // Never as a service of its own: the web server would take it for its.
        Traces = new ActivitySource(meter.Name, meter.Version);
        _open = meter.CreateUpDownCounter<long>("messaging.server.streams", "{stream}", "Open streams.");
        _opened = meter.CreateCounter<long>("messaging.server.opened.streams", "{stream}", "Streams that were opened.");
        _ended = meter.CreateCounter<long>(
            "messaging.server.ended.streams", "{stream}", "Streams that have ended, and how.");
        _refusedStreams = meter.CreateCounter<long>(
            "messaging.server.refused.streams", "{stream}", "Calls that never became a stream, and why.");
        _refusedFrames = meter.CreateCounter<long>(
            "messaging.server.refused.frames", "{frame}", "Frames that were answered with a refusal, by its code.");
        _delivered = meter.CreateCounter<long>(
            "messaging.server.delivered.entries", "{entry}", "Entries of queues that were written to devices.");
        _stalls = meter.CreateCounter<long>(
            "messaging.server.window.stalls", "{stall}",
            "Times that a device had entries to get and its window was full.");
        meter.CreateObservableGauge(
            "messaging.server.queue.depth", () => Sum(static session => session.Waiting), "{entry}",
            "Entries that connected devices have still to acknowledge, of all of them.");
        meter.CreateObservableGauge(
            "messaging.server.queue.longest", () => Longest(static session => session.Waiting), "{entry}",
            "Entries that one connected device has still to acknowledge, at most.");
        meter.CreateObservableGauge(
            "messaging.server.queue.age", OldestAge, "s",
            "How long ago the oldest entry was stored that a connected device has got and not acknowledged.");
    }

    /// <summary>For the spans of streams whose caller has them traced.</summary>
    public ActivitySource Traces { get; }

    /// <summary>Says that nothing has happened yet: who looks can tell that from nothing being told.</summary>
    public void Begin()
    {
        _open.Add(0);
        _opened.Add(0);
        _delivered.Add(0);
        _stalls.Add(0);
    }

    public void Opened()
    {
        _open.Add(1);
        _opened.Add(1);
    }

    public void Ended(Ending ending)
    {
        _open.Add(-1);
        _ended.Add(1, new KeyValuePair<string, object?>(EndAttribute, ending.Name));
    }

    /// <summary>A call did not become a stream.</summary>
    /// <param name="reason">One of few.</param>
    public void Refused(string reason) =>
        _refusedStreams.Add(1, new KeyValuePair<string, object?>("error.type", reason));

    public void Refused(RefusalCode code) =>
        _refusedFrames.Add(1, new KeyValuePair<string, object?>("error.type", Refusal.NameOf(code)));

    public void Delivered(int entries) => _delivered.Add(entries);

    public void Stalled() => _stalls.Add(1);

    public void Dispose() => Traces.Dispose();

    private long Sum(Func<DeviceSession, int> of)
    {
        var sum = 0L;
        foreach (var session in _devices.All)
            sum += of(session);
        return sum;
    }

    private int Longest(Func<DeviceSession, int> of)
    {
        var longest = 0;
        foreach (var session in _devices.All)
            longest = Math.Max(longest, of(session));
        return longest;
    }

    private double OldestAge()
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var oldest = now;
        foreach (var session in _devices.All)
        {
            if (session.OldestInFlight is > 0 and var recorded)
                oldest = Math.Min(oldest, recorded);
        }

        return (now - oldest) / 1000.0;
    }
}
