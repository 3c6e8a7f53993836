using Messaging.V1;

namespace Messaging.Client.Connection;

/// <summary>What goes up next. Called by the one write loop.</summary>
internal sealed class FrameOutlet(ClientRooms rooms)
{
    /// <summary>The next frame to write; null where there is none now. One that is taken must be written.</summary>
    /// <param name="isLast">Nothing is held back for later.</param>
    public Frame? Take(bool isLast)
    {
        if (rooms.Inbox.TakeReread() is { } reread)
        {
            return Up(new Signal
            {
                Id = reread.Id,
                Type = SignalKind.Request,
                SignalOffset = reread.After.Value,
            });
        }
        if (rooms.Inbox.TakeAcknowledgement(atOnce: isLast) is { } position)
        {
            // A durable store has it with the entries; what else it covers comes again at worst.
            rooms.Store.SavePosition(position);
            return Up(new Signal
            {
                SignalOffset = position.Offset.Value,
                SignalAckState = new SignalAckState { Received = true },
            });
        }
        if (rooms.Outbox.Take() is { } frame)
            return frame;
        if (rooms.Awareness.Take() is not { } hint)
            return null;
        rooms.Outbox.ExpectUnclaimed(hint.Signal.Id);
        return hint;
    }

    private static Frame Up(Signal signal) => new() { Signal = signal };
}
