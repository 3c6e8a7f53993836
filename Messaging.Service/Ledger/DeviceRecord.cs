namespace Messaging.Service.Ledger;

/// <summary>Something was done to a device of the author's (protocol §11).</summary>
public abstract record DeviceRecord(RecordHeader Header) : JournalRecord(Header)
{
    /// <summary>The device.</summary>
    public required DeviceKey Target { get; init; }

    /// <summary>The same, by name.</summary>
    public required string TargetName { get; init; }
}

/// <summary>It was given a label.</summary>
public sealed record LabelRecord(RecordHeader Header) : DeviceRecord(Header)
{
    /// <summary>The label; empty where one was taken away.</summary>
    public required string Label { get; init; }
}

/// <summary>It was removed from the account, for good.</summary>
public sealed record RevocationRecord(RecordHeader Header) : DeviceRecord(Header);
