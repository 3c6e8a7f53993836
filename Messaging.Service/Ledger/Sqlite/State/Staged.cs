namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>
/// An offset of which the writer holds two: the one it works with, and the one that is on disk, which others may see.
/// A receipt shown before it is durable could be taken back by a power cut.
/// </summary>
internal struct Staged(int value)
{
    private int _published = value;

    /// <summary>The writer's, ahead of the disk within a batch.</summary>
    public int Working { get; set; } = value;

    /// <summary>What is on disk; any thread may read it.</summary>
    public int Published => Volatile.Read(ref _published);

    public void Publish() => Volatile.Write(ref _published, Working);

    public void Revert() => Working = _published;
}
