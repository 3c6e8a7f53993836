using System.Diagnostics;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>How much a device sends: so many a second on the average, what it could not send in time later.</summary>
internal sealed class Pace(double perSecond)
{
    private readonly Stopwatch running = Stopwatch.StartNew();
    private long taken;

    /// <summary>Whether one more is due; it is then counted. One caller at a time.</summary>
    public bool TryTake()
    {
        if (taken >= running.Elapsed.TotalSeconds * perSecond)
            return false;
        taken++;
        return true;
    }
}
