namespace Messaging.Benchmarks.Grow;

/// <summary>What a ledger is filled with.</summary>
internal sealed record GrowOptions
{
    /// <summary>Messages between the active users, in eight conversations of each.</summary>
    public required int Messages { get; init; }

    /// <summary>Users that have connected, and write and receive.</summary>
    public required int Users { get; init; }

    /// <summary>Users that were written to once and never came.</summary>
    public required int Known { get; init; }

    /// <summary>Messages of the one long conversation.</summary>
    public required int Long { get; init; }

    /// <summary>Messages that wait for each device that will come back.</summary>
    public required int Away { get; init; }

    public required int Payload { get; init; }
}
