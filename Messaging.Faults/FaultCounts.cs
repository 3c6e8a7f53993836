using System.Collections.Concurrent;
using System.Globalization;

namespace Messaging.Faults;

/// <summary>What a proxy did, for the report. Safe for concurrent use.</summary>
/// <param name="struck">Told of each fault.</param>
internal sealed class FaultCounts(Action<FaultKind>? struck = null)
{
    private readonly ConcurrentDictionary<FaultKind, int> faults = new();
    private long connections;
    private long refused;
    private long up;
    private long down;

    /// <summary>Connections that were taken.</summary>
    public long Connections => Interlocked.Read(ref connections);

    public long Of(FaultKind kind) => faults.GetValueOrDefault(kind);

    /// <summary>Faults of every kind.</summary>
    public long Faults => faults.Values.Sum(count => (long)count);

    public void Took() => Interlocked.Increment(ref connections);

    public void Refused() => Interlocked.Increment(ref refused);

    public void Struck(FaultKind kind)
    {
        faults.AddOrUpdate(kind, 1, static (_, count) => count + 1);
        struck?.Invoke(kind);
    }

    public void Passed(Direction way, int bytes) => 
        Interlocked.Add(ref (way == Direction.Up ? ref up : ref down), bytes);

    public override string ToString()
    {
        var kinds = string.Join(", ", Enum.GetValues<FaultKind>().Select(kind => $"{kind} {Of(kind)}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Connections} connections, {Interlocked.Read(ref up) >> 10} KiB up, {Interlocked.Read(ref down) >> 10} KiB down, {Interlocked.Read(ref refused)} refused; {kinds}");
    }
}
