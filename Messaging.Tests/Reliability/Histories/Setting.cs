using Messaging.Service.Delivery;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Security;
using Messaging.Service.Sync;
using Messaging.Tests.Reliability.Judging;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>What is drawn once for a history: who is in it, and how tight the limits are.</summary>
internal sealed record Setting
{
    private static readonly string[] Names = ["alice", "bob", "carol", "dave"];
    private static readonly string[] Kinds = ["phone", "laptop", "tablet"];

    public required IReadOnlyList<DeviceName> Devices { get; init; }

    public required IReadOnlyList<string> Users { get; init; }

    public required DeliveryOptions Delivery { get; init; }

    public required StreamOptions Streams { get; init; }

    public required MessageLimits Limits { get; init; }

    /// <summary>Without its path.</summary>
    public required LedgerOptions Ledger { get; init; }

    /// <summary>The most that a client leaves unaccepted.</summary>
    public required int Unaccepted { get; init; }

    public required TimeSpan AcknowledgementDelay { get; init; }

    public required int Events { get; init; }

    public static Setting Draw(Random random)
    {
        var users = Names[..random.Next(2, 5)];
        return new Setting
        {
            Users = users,
            Devices = [.. users.SelectMany(user => Kinds[..random.Next(1, 4)].Select(kind => new DeviceName(user, kind)))],
            Delivery = new DeliveryOptions
            {
                Window = One(random, 1, 2, 5, 64),
                WindowBytes = One(random, 1024, 4096, 1 << 20),
                Heartbeat = TimeSpan.FromSeconds(One(random, 1, 5, 30)),
            },
            Streams = new StreamOptions
            {
                Unanswered = One(random, 2, 16, 4096, 4096),
                FenceTimeout = TimeSpan.FromSeconds(One(random, 10, 60, 60)),
            },
            Limits = new MessageLimits { MessagesPerSecond = One(random, 0, 0, 0, 2), Burst = TimeSpan.FromSeconds(1) },
            Ledger = new LedgerOptions
            {
                TailRows = One(random, 2, 6, 20, 100, 16_384),
                MaxBatch = One(random, 1, 3, 1024, 1024),
                MaxWaiting = One(random, 3, 8192, 8192),
                MaxFenced = One(random, 3, 4096, 4096),
                Quota = One(random, 8, 1_000_000, 1_000_000),
                ActiveStates = One(random, 1, 100_000),
                Readers = 1,
                FoldSlice = TimeSpan.FromTicks(-1),
                Seams = new WriterSeams
                {
                    WritesPerLook = One(random, 1, 4, 20, 1000),
                    RowsPerSweep = One(random, 5, 10_000),
                },
            },
            Unaccepted = One(random, 2, 16, 1024),
            AcknowledgementDelay = TimeSpan.FromMilliseconds(One(random, 0, 5)),
            Events = random.Next(150, 700),
        };
    }

    public override string ToString() =>
        $"{string.Join(' ', Devices)}; window {Delivery.Window}/{Delivery.WindowBytes}, heartbeat {Delivery.Heartbeat.TotalSeconds} s, "
        + $"unanswered {Streams.Unanswered}, rate {Limits.MessagesPerSecond}, tail {Ledger.TailRows}, batch {Ledger.MaxBatch}, "
        + $"waiting {Ledger.MaxWaiting}, fenced {Ledger.MaxFenced}, quota {Ledger.Quota}, states {Ledger.ActiveStates}, "
        + $"slice {Ledger.Seams.WritesPerLook}, sweep {Ledger.Seams.RowsPerSweep}, unaccepted {Unaccepted}, "
        + $"acknowledgements after {AcknowledgementDelay.TotalMilliseconds} ms, {Events} events";

    private static int One(Random random, params ReadOnlySpan<int> of) => of[random.Next(of.Length)];
}
