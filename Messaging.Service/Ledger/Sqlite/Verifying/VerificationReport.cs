namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>What a verification came to.</summary>
public sealed record VerificationReport
{
    /// <summary>The ledger's file.</summary>
    public required string Path { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsWell => Found == 0;

    /// <summary>Its epoch; empty where it could not be read.</summary>
    public string Epoch { get; init; } = "";

    /// <summary>Rows of the journal.</summary>
    public long Rows { get; init; }

    /// <summary>Up to which row the journal is folded into the tables.</summary>
    public long Folded { get; init; }

    /// <summary>By table, the rows that were held against the journal.</summary>
    public IReadOnlyDictionary<string, long> Compared { get; init; } = new Dictionary<string, long>();

    /// <summary>How many things are wrong.</summary>
    public long Found { get; init; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];
}
