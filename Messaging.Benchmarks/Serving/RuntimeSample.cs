namespace Messaging.Benchmarks.Serving;

/// <summary>What only the process itself knows of its garbage collector, so far.</summary>
internal sealed record RuntimeSample(long AllocatedBytes, double PauseMilliseconds, int Collections)
{
    public static RuntimeSample Here() => new(
        GC.GetTotalAllocatedBytes(),
        GC.GetTotalPauseDuration().TotalMilliseconds,
        GC.CollectionCount(0));
}
