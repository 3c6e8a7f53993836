namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>A user that is active: the head of their sequence, its recent entries, their devices and open streams.</summary>
internal sealed class UserState(UserKey key, string name, int head, int settled, int furthestCursor) : StagedState
{
    private Staged _head = new(head);
    private Staged _settled = new(settled);
    private Staged _furthestCursor = new(furthestCursor);

    public UserKey Key { get; } = key;

    public string Name { get; } = name;

    /// <summary>The entries that are not folded yet; those past the published head are not on disk yet either.</summary>
    public Recent<RecentEntry> Recent { get; } = new();

    /// <summary>Those of the user's devices that have been used; by name, writer's thread only.</summary>
    public Dictionary<string, DeviceState> Devices { get; } = new(StringComparer.Ordinal);

    /// <summary>Open streams of the user's devices; writer's thread only.</summary>
    public List<LedgerStream> Streams { get; } = [];

    public SignalOffset Head
    {
        get => new(_head.Working);
        set => _head.Working = value.Value;
    }

    /// <summary>Up to here no further receipt is owed (protocol §6).</summary>
    public SignalOffset Settled
    {
        get => new(_settled.Working);
        set => _settled.Working = value.Value;
    }

    /// <summary>The highest cursor of the user's devices: what lies past it, none of them has acknowledged.</summary>
    public SignalOffset FurthestCursor
    {
        get => new(_furthestCursor.Working);
        set => _furthestCursor.Working = value.Value;
    }

    /// <summary>The head that is on disk; any thread.</summary>
    public SignalOffset PublishedHead => new(_head.Published);

    /// <summary>Whether the last batch published raised the head; writer's thread only.</summary>
    public bool IsHeadRaised { get; private set; }

    public override void Publish()
    {
        IsHeadRaised = _head.Working != _head.Published;
        _head.Publish();
        _settled.Publish();
        _furthestCursor.Publish();
    }

    public override void Revert()
    {
        _head.Revert();
        _settled.Revert();
        _furthestCursor.Revert();
        Recent.RemoveAfter(_head.Working);
    }
}

/// <summary>A record, and which of its entries stands in this user's sequence.</summary>
internal readonly record struct RecentEntry(JournalRecord Record, int Place);
