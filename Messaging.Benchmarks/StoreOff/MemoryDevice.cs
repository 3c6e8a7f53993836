using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite.Rules;

namespace Messaging.Benchmarks.StoreOff;

/// <summary>Where a device stands. Writer's thread, but for <see cref="PublishedCursor"/>.</summary>
internal sealed class MemoryDevice(MemoryUser user, Party party, long key)
{
    private volatile int _publishedCursor;

    public MemoryUser User => user;

    public Party Party => party;

    public DeviceKey Key => new(key);

    public StreamNumber Stream { get; set; }

    public SignalOffset Cursor { get; private set; }

    public SignalOffset PublishedCursor => new(_publishedCursor);

    /// <summary>What it was told otherwise than by entries.</summary>
    public OffsetRuns Told { get; } = new();

    /// <summary>The highest acknowledgement of the batch; zero if there is none.</summary>
    public SignalOffset Acknowledged { get; set; }

    public void MoveTo(SignalOffset reached)
    {
        Cursor = Told.Pass(reached);
        Told.Forget(Cursor);
        _publishedCursor = Cursor.Value;
    }
}
