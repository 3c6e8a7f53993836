namespace Messaging.Service.Ledger;

/// <summary>What became of a submission.</summary>
public enum Settlement
{
    /// <summary>Not settled yet.</summary>
    Pending,

    /// <summary>On disk, or (a cursor, a watermark) already there.</summary>
    Recorded,

    /// <summary>The same message had been recorded before; the original offsets are given (protocol §4).</summary>
    Repeated,

    /// <summary>The id stands for another message of this user (protocol §4).</summary>
    IdTaken,

    /// <summary>A message, or a device of the caller's, is named that is not there.</summary>
    NotFound,

    /// <summary>An offset past what exists, or a sequence or timeline that is full (protocol §10).</summary>
    OutOfRange,

    /// <summary>
    /// An earlier message of this stream in this conversation waits for its retry: this one waits behind it (protocol
    /// §4, the fence).
    /// </summary>
    Fenced,

    /// <summary>The device sends faster than it may; it raises the fence (protocol §9).</summary>
    OverRate,

    /// <summary>
    /// More than the quota is unacknowledged by every device of the recipient; it raises the fence (protocol §9).
    /// </summary>
    OverQuota,

    /// <summary>More wait behind a fence than may: the stream is to end (protocol §4).</summary>
    FenceFull,

    /// <summary>The recipient may not be written to by this user (protocol §11).</summary>
    NotPermitted,

    /// <summary>The device has been removed from its account: it opens no stream and does nothing more (protocol §11).</summary>
    Revoked,

    /// <summary>As many devices, or blocks, as a user may have are there (protocol §11).</summary>
    TooMany,

    /// <summary>
    /// A later stream of the device has been opened, or the device has been removed from its account: it took no effect and
    /// is not answered (protocol §2, §11).
    /// </summary>
    Superseded,

    /// <summary>The store is busy, full or shutting down: nothing changed, the same may succeed later.</summary>
    Unavailable,
}
