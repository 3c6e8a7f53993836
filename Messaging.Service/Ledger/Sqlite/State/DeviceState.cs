using Messaging.Service.Ledger.Sqlite.Rules;

namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>A device that is active: its cursor, the number of its latest stream, and what its account says of it.</summary>
internal sealed class DeviceState(
    DeviceKey key, UserState user, string name, long createdAt, int cursor = 0, long stream = 0, string label = "",
    long seenAt = 0, bool isRevoked = false) : StagedState
{
    private Staged _cursor = new(cursor);
    private StreamNumber _publishedStream = new(stream);
    private (string Label, long SeenAt, bool IsRevoked) _published = (label, seenAt, isRevoked);
    private OffsetRuns? _replacedRuns;

    public DeviceKey Key { get; } = key;

    public UserState User { get; } = user;

    public Party Party { get; } = new(user.Name, name);

    public SignalOffset Cursor
    {
        get => new(_cursor.Working);
        set => _cursor.Working = value.Value;
    }

    /// <summary>The cursor that is on disk; any thread.</summary>
    public SignalOffset PublishedCursor => new(_cursor.Published);

    /// <summary>The latest stream; work that came on an earlier one is superseded (protocol §2).</summary>
    public StreamNumber Stream { get; private set; } = new(stream);

    /// <summary>When it opened its first stream, epoch milliseconds.</summary>
    public long CreatedAt { get; } = createdAt;

    /// <summary>When it last opened a stream or moved its cursor, epoch milliseconds.</summary>
    public long SeenAt { get; private set; } = seenAt;

    /// <summary>What its user calls it.</summary>
    public string Label { get; set; } = label;

    /// <summary>It has been removed from the account, for good (protocol §11).</summary>
    public bool IsRevoked { get; private set; } = isRevoked;

    /// <summary>What the latest stream has been told of, past the cursor, otherwise than by entries.</summary>
    public OffsetRuns Told { get; private set; } = new();

    /// <summary>
    /// The highest acknowledgement of the batch under way, which is recorded once, at its end. Not staged: it belongs to
    /// the rule that keeps it.
    /// </summary>
    public SignalOffset AcknowledgedInBatch { get; set; }

    /// <summary>A later stream is opened: what the earlier one was told of may have been lost on the way.</summary>
    public void Open(StreamNumber stream)
    {
        Stream = stream;
        (_replacedRuns, Told) = (Told, new OffsetRuns());
    }

    /// <summary>It is removed: whatever stream it has open is superseded, as by a later one.</summary>
    /// <param name="row">The row that says so.</param>
    public void Revoke(long row) => (IsRevoked, Stream) = (true, new StreamNumber(row));

    /// <summary>It did something; the clock may have been set back since the last time.</summary>
    public void Seen(long at) => SeenAt = Math.Max(SeenAt, at);

    public override void Publish()
    {
        _cursor.Publish();
        Told.Forget(PublishedCursor);
        _replacedRuns = null;
        _publishedStream = Stream;
        _published = (Label, SeenAt, IsRevoked);
    }

    public override void Revert()
    {
        _cursor.Revert();
        Told = _replacedRuns ?? Told;
        Told.RemoveAfter(User.PublishedHead);
        _replacedRuns = null;
        Stream = _publishedStream;
        (Label, SeenAt, IsRevoked) = _published;
    }
}
