namespace Messaging.Service.Ledger;

/// <summary>
/// Removes a device from the caller's account, for good (protocol §11): its stream ends, its queue is dropped, and it
/// opens no other. Recorded, also where it was removed before, or NotFound.
/// </summary>
/// <param name="caller">See <see cref="AccountWork"/>.</param>
/// <param name="device">One of the caller's, the calling one or another.</param>
public sealed class RevokeDevice(Party caller, string device) : AccountWork(caller)
{
    public string Device { get; } = device;
}

/// <summary>Gives a device of the caller a label, or takes it away (protocol §11): Recorded or NotFound.</summary>
/// <param name="caller">See <see cref="AccountWork"/>.</param>
/// <param name="device">One of the caller's.</param>
/// <param name="label">For people to read; empty for none.</param>
public sealed class NameDevice(Party caller, string device, string label) : AccountWork(caller)
{
    public string Device { get; } = device;
    public string Label { get; } = label;
}

/// <summary>Reads a stretch of the caller's devices, in the order of their names' characters: Recorded.</summary>
/// <param name="caller">See <see cref="AccountWork"/>.</param>
/// <param name="after">Behind this name; empty for the beginning.</param>
/// <param name="most">As many at most.</param>
public sealed class ListDevices(Party caller, string after, int most) : AccountWork(caller)
{
    public string After { get; } = after;
    public int Most { get; } = most;

    /// <summary>Once recorded; those that were removed are not among them.</summary>
    public IReadOnlyList<DeviceSummary> Devices { get; internal set; } = [];

    /// <summary>Once recorded: whether others follow.</summary>
    public bool HasMore { get; internal set; }

    /// <summary>Once recorded: the head of the sequence that all of them walk.</summary>
    public SignalOffset Head { get; internal set; }
}

/// <summary>One device of an account, as it stands.</summary>
/// <param name="Name">Its id.</param>
/// <param name="Label">What its user calls it; empty if nothing.</param>
/// <param name="CreatedAt">When it opened its first stream, epoch milliseconds.</param>
/// <param name="SeenAt">When it last opened one, or moved its cursor, epoch milliseconds.</param>
/// <param name="IsConnected">Whether it has a stream open.</param>
/// <param name="Cursor">How far it has acknowledged.</param>
public sealed record DeviceSummary(
    string Name, string Label, long CreatedAt, long SeenAt, bool IsConnected, SignalOffset Cursor);
