using Messaging.Service.Ledger.Sqlite.Rules;

namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>A device that is active: its cursor and the number of its latest stream.</summary>
internal sealed class DeviceState(DeviceKey key, UserState user, string name, int cursor, long stream) : StagedState
{
    private Staged _cursor = new(cursor);
    private StreamNumber _publishedStream = new(stream);
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

    public override void Publish()
    {
        _cursor.Publish();
        Told.Forget(PublishedCursor);
        _replacedRuns = null;
        _publishedStream = Stream;
    }

    public override void Revert()
    {
        _cursor.Revert();
        Told = _replacedRuns ?? Told;
        Told.RemoveAfter(User.PublishedHead);
        _replacedRuns = null;
        Stream = _publishedStream;
    }
}
