using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Benchmarks.StoreOff;

/// <summary>
/// A user's sequence, as far as not every device has it. Changed by the writer; its queue is read by any.
/// </summary>
internal sealed class MemoryUser(string name, long key)
{
    private volatile int _publishedHead;

    public string Name => name;

    public UserKey Key => new(key);

    public Recent<QueueEntry> Queue { get; } = new();

    public Dictionary<string, MemoryDevice> Devices { get; } = new(StringComparer.Ordinal);

    public List<MemoryStream> Streams { get; } = [];

    /// <summary>The last offset taken; others see it once the batch is over.</summary>
    public SignalOffset Head { get; private set; }

    public SignalOffset PublishedHead => new(_publishedHead);

    /// <summary>Up to here no further receipt is owed.</summary>
    public SignalOffset Settled { get; set; }

    public SignalOffset Take() => Head = Head.Next();

    public void Publish() => _publishedHead = Head.Value;

    /// <summary>Whether every device has what is at an offset.</summary>
    public bool IsDone(SignalOffset offset)
    {
        foreach (var device in Devices.Values)
        {
            if (device.Cursor < offset)
                return false;
        }

        return Devices.Count > 0;
    }
}
