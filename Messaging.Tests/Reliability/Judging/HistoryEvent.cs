using Messaging.V1;

namespace Messaging.Tests.Reliability.Judging;

/// <summary>One line of a history: what a test's client saw or did, in the order in which it was written down.</summary>
internal abstract record HistoryEvent
{
    private HistoryEvent()
    {
    }

    /// <summary>A stream is about to be opened.</summary>
    /// <param name="Stream">Its number in this history.</param>
    /// <param name="Device">Whose.</param>
    /// <param name="Position">The <c>messaging-position</c> that goes with it.</param>
    public sealed record Opening(int Stream, DeviceName Device, string? Position) : HistoryEvent;

    /// <summary>The response headers came.</summary>
    public sealed record Began(int Stream, string Epoch, int Head, int Window) : HistoryEvent;

    /// <summary>A frame is about to go up.</summary>
    public sealed record Up(int Stream, Frame Frame) : HistoryEvent;

    /// <summary>A frame came down.</summary>
    public sealed record Down(int Stream, Frame Frame) : HistoryEvent;

    public sealed record Ended(int Stream, string Why) : HistoryEvent;

    /// <summary>An application gave a message to its client library.</summary>
    public sealed record AppSends(DeviceName Device, string Id, string To) : HistoryEvent;

    /// <summary>An application has lost a message before it was answered, and will never send it again.</summary>
    public sealed record AppForgets(DeviceName Device, string Id) : HistoryEvent;

    /// <summary>A client library gave a message to its application.</summary>
    /// <param name="Device">Whose.</param>
    /// <param name="Instance">Which of the clients that the device has had, one after the other.</param>
    /// <param name="From">The user who sent it.</param>
    /// <param name="Id">Its id.</param>
    /// <param name="UserOffset">Its place in the conversation.</param>
    /// <param name="Payload">What it says.</param>
    public sealed record AppGets(
        DeviceName Device, int Instance, string From, string Id, int UserOffset, ReadOnlyMemory<byte> Payload) : HistoryEvent;

    /// <summary>Something was done to the service, the disk or the network.</summary>
    /// <param name="What">In words.</param>
    /// <param name="IsCrash">The service lost what it had only in memory.</param>
    public sealed record Fault(string What, bool IsCrash) : HistoryEvent;

    /// <summary>The ledger was given a new epoch on purpose: no offset from before holds that it does not have.</summary>
    /// <param name="Heads">How much of each user's sequence it has: of a restored ledger; of a new one nothing.</param>
    public sealed record NewEpoch(IReadOnlyDictionary<string, int> Heads) : HistoryEvent;

    /// <summary>This device will not be back: nothing has to reach it any more.</summary>
    public sealed record Retired(DeviceName Device) : HistoryEvent;

    /// <summary>No fault is left, every device has caught up, every message is answered.</summary>
    public sealed record Drained : HistoryEvent;

    /// <summary>That did not happen in time.</summary>
    public sealed record Stuck(string What) : HistoryEvent;

    /// <summary>Something is still held that nothing needs any more.</summary>
    public sealed record Leak(string What) : HistoryEvent;
}

/// <summary>A device of a user.</summary>
internal readonly record struct DeviceName(string User, string Device)
{
    public override string ToString() => $"{User}/{Device}";
}
