using System.Collections.Immutable;

namespace Messaging.Service.Ledger;

/// <summary>
/// What the journal says happened, with everything that was assigned to it. Immutable; one instance is shared by
/// every queue that refers to it.
/// </summary>
public abstract record JournalRecord(RecordHeader Header)
{
    /// <inheritdoc cref="RecordHeader.Sequence"/>
    public long Sequence => Header.Sequence;

    /// <inheritdoc cref="RecordHeader.RecordedAt"/>
    public long RecordedAt => Header.RecordedAt;

    /// <inheritdoc cref="RecordHeader.Author"/>
    public Party Author => Header.Author;

    /// <inheritdoc cref="RecordHeader.Stream"/>
    public StreamNumber Stream => Header.Stream;

    /// <inheritdoc cref="RecordHeader.Entries"/>
    public ImmutableArray<SequenceEntry> Entries => Header.Entries;
}
