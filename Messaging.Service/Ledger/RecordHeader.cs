using System.Collections.Immutable;

namespace Messaging.Service.Ledger;

/// <summary>What every record of the journal has.</summary>
public sealed record RecordHeader
{
    /// <summary>The row's place in the journal, from 1, strictly increasing.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was recorded: the server's clock, epoch milliseconds.</summary>
    public required long RecordedAt { get; init; }

    /// <summary>The device that did it; no device where a caller that was none of the ledger's changed the account.</summary>
    public required Party Author { get; init; }

    /// <summary>The author's user, by key.</summary>
    public required UserKey User { get; init; }

    /// <summary>The author's device, by key; 0 where there is none.</summary>
    public required DeviceKey Device { get; init; }

    /// <summary>
    /// The stream on which it came: there, its answer was the delivery (protocol §4). 0 for a change of the account, which
    /// comes on none.
    /// </summary>
    public required StreamNumber Stream { get; init; }

    /// <summary>The entries it took, one per sequence.</summary>
    public ImmutableArray<SequenceEntry> Entries { get; init; } = [];

    /// <summary>The author's device's cursor after this record; <see cref="SignalOffset.None"/> if it did not move.</summary>
    public SignalOffset Cursor { get; init; }

    /// <summary>
    /// Up to here every entry of the author's sequence needs no further <c>received</c> (protocol §6);
    /// <see cref="SignalOffset.None"/> if that did not move.
    /// </summary>
    public SignalOffset SettledTo { get; init; }
}
