namespace Messaging.Faults;

/// <summary>What happens to one connection, fault after fault, all drawn from a seed.</summary>
internal sealed class FaultPlan(int seed)
{
    /// <summary>What is dead is found by its ends' own time-outs, or told by a reset after this long, as a NAT would.</summary>
    private static readonly TimeSpan LongestDead = TimeSpan.FromSeconds(15);

    private static readonly (FaultKind Kind, int Weight)[] Weights =
    [
        (FaultKind.Reset, 20), (FaultKind.Finish, 12), (FaultKind.FinishOneWay, 6), (FaultKind.Stall, 12),
        (FaultKind.StallOneWay, 8), (FaultKind.Slow, 16), (FaultKind.HalfOpen, 8), (FaultKind.HalfOpenAtClient, 6), (FaultKind.HalfOpenAtServer, 6),
        (FaultKind.UpLost, 8), (FaultKind.DownLost, 8),
    ];

    private readonly Random random = new(seed);

    /// <summary>The fault after the one before; the last one is one that does not heal.</summary>
    public Fault Next()
    {
        var kind = Draw();
        var way = random.Next(2) == 0 ? Direction.Up : Direction.Down;

        // By bytes, of all sizes alike: in the handshake, in the first frame, far into the stream.
        long? bytes = random.Next(3) > 0 ? (long)Math.Pow(2, random.NextDouble() * 17) : null;
        var after = TimeSpan.FromMilliseconds(random.Next(50, 2500));
        var lasts = kind switch
        {
            FaultKind.Stall or FaultKind.StallOneWay => TimeSpan.FromMilliseconds(random.Next(20, 2500)),
            FaultKind.Slow => TimeSpan.FromMilliseconds(random.Next(100, 3000)),
            _ => LongestDead,
        };
        return new Fault(kind, way, bytes, after, lasts, Piece: random.Next(3) == 0 ? 1 : random.Next(10, 80));
    }

    private FaultKind Draw()
    {
        var left = random.Next(Weights.Sum(one => one.Weight));
        foreach (var (kind, weight) in Weights)
        {
            if ((left -= weight) < 0)
                return kind;
        }

        return FaultKind.Reset;
    }
}
