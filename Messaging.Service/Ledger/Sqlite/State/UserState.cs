using System.Collections.Immutable;

namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>A user that is active: the head of their sequence, its recent entries, their devices and open streams.</summary>
internal sealed class UserState(
    UserKey key, string name, int head, int settled, int furthestCursor, ImmutableHashSet<string> blocked) : StagedState
{
    /// <summary>No names, compared byte by byte.</summary>
    public static readonly ImmutableHashSet<string> NoNames = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    private Staged _head = new(head);
    private Staged _settled = new(settled);
    private Staged _furthestCursor = new(furthestCursor);
    private volatile ImmutableHashSet<string> _publishedBlocked = blocked;

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

    /// <summary>
    /// The highest cursor of the user's devices, and no less than <see cref="Settled"/>: what lies past it, none of them has
    /// acknowledged, those that were revoked included.
    /// </summary>
    public SignalOffset FurthestCursor
    {
        get => new(_furthestCursor.Working);
        set => _furthestCursor.Working = value.Value;
    }

    /// <summary>Whom the user has blocked, by name; the writer's, ahead of the disk within a batch.</summary>
    public ImmutableHashSet<string> Blocked { get; set; } = blocked;

    /// <summary>Whether a user is among them. Nearly nobody blocks anybody.</summary>
    public bool HasBlocked(string other) => Blocked.Count > 0 && Blocked.Contains(other);

    /// <summary>The same as it is on disk; any thread.</summary>
    public ImmutableHashSet<string> PublishedBlocked => _publishedBlocked;

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
        _publishedBlocked = Blocked;
    }

    public override void Revert()
    {
        _head.Revert();
        _settled.Revert();
        _furthestCursor.Revert();
        Blocked = _publishedBlocked;
        Recent.RemoveAfter(_head.Working);
    }
}

/// <summary>A record, and which of its entries stands in this user's sequence.</summary>
internal readonly record struct RecentEntry(JournalRecord Record, int Place);
