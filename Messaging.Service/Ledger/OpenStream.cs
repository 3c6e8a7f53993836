namespace Messaging.Service.Ledger;

/// <summary>
/// Opens a stream of a device, registering it if it is new: from then on work of its earlier streams is superseded.
/// Settled as <see cref="Settlement.Recorded"/>, as <see cref="Settlement.OutOfRange"/> where
/// <paramref name="position"/> is past the head (the ledger went back in time), as <see cref="Settlement.Revoked"/> where
/// the device has been removed from its account, or as <see cref="Settlement.TooMany"/> where it is new and the user has as
/// many as they may; nothing is changed then.
/// </summary>
/// <param name="device">Who opens it.</param>
/// <param name="listener">Who hears of settlements and new entries.</param>
/// <param name="startAtHead">A device that is new begins at the head instead of at 0.</param>
/// <param name="position">The highest offset that the device says it ever acknowledged, under this epoch.</param>
public sealed class OpenStream(
    Party device, IStreamListener listener, bool startAtHead = false, SignalOffset position = default) : Submission(stream: null)
{
    public Party Device { get; } = device;
    public IStreamListener Listener { get; } = listener;
    public bool StartAtHead { get; } = startAtHead;
    public SignalOffset Position { get; } = position;

    /// <summary>Once recorded: where the device stood at the moment of opening (its first position).</summary>
    public SignalOffset Cursor { get; internal set; }

    /// <summary>The sequence's head at the moment of opening.</summary>
    public SignalOffset Head { get; internal set; }
}
