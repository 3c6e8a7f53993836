namespace Messaging.Service.Delivery;

/// <summary>What a signal that goes up is (protocol §8, a row of its table each).</summary>
internal enum SignalRow
{
    /// <summary>No row fits.</summary>
    None,

    /// <summary>"I have this message but cannot use it" (§6).</summary>
    ErrorReport,

    /// <summary>A read that keeps its status and its message (§6).</summary>
    Played,

    /// <summary>A read (§6).</summary>
    Read,

    /// <summary>A status for the devices of another user that are connected (§7).</summary>
    Awareness,

    /// <summary>"This device has everything up to here" (§5).</summary>
    Acknowledge,

    /// <summary>"Deliver again from here on" (§5).</summary>
    Reread,
}
