using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Messaging.Service.Sync;

/// <summary>Tells a session when its stream is old enough.</summary>
internal sealed class AgeWatch : IDisposable
{
    // Streams that were opened together, as after a restart, must not all end together.
    private const double MostYounger = 0.2;

    private readonly ITimer? _timer;

    /// <param name="maxAge">The oldest it gets; zero for no end.</param>
    /// <param name="session">The stream's id, which is random: by how much it ends earlier follows from it.</param>
    /// <param name="onAged">Called once, from a timer.</param>
    /// <param name="time">The clock.</param>
    public AgeWatch(TimeSpan maxAge, string session, Action onAged, TimeProvider time)
    {
        if (maxAge == TimeSpan.Zero)
            return;
        _timer = time.CreateTimer(
            static state => ((Action)state!)(), onAged, AgeOf(maxAge, session), Timeout.InfiniteTimeSpan);
    }

    /// <summary>How old the stream of this id gets.</summary>
    public static TimeSpan AgeOf(TimeSpan maxAge, string session)
    {
        var younger = (double)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(session.AsSpan())) / ulong.MaxValue;
        return maxAge * (1 - (MostYounger * younger));
    }

    public void Dispose() => _timer?.Dispose();
}
