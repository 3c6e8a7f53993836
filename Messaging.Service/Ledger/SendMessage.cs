namespace Messaging.Service.Ledger;

/// <summary>
/// Accepts a message (protocol §4): Recorded, Repeated, IdTaken, NotPermitted, OutOfRange, OverRate, OverQuota,
/// Fenced, FenceFull, Superseded or Unavailable.
/// </summary>
/// <param name="stream">The stream on which it came.</param>
/// <param name="id">The client's id for it.</param>
/// <param name="recipient">The user it goes to; the sender's own name for a note to oneself.</param>
/// <param name="body">The client-owned part of the frame, stored as it is.</param>
/// <param name="digest">Stands for its content in the duplicate check.</param>
/// <param name="isOverRate">
/// The device sends faster than it may: it is settled as OverRate and nothing else, in its place in the order.
/// </param>
/// <param name="author">
/// The user in whose name the stream's device sends it (protocol §4); null for its own. The message is that user's in
/// every respect, and takes no entry in the sequence of the one who sent it.
/// </param>
public sealed class SendMessage(
    ILedgerStream stream, string id, string recipient, ReadOnlyMemory<byte> body, MessageDigest digest,
    bool isOverRate = false, string? author = null) : Submission(stream)
{
    public string Id { get; } = id;
    public string Recipient { get; } = recipient;
    public ReadOnlyMemory<byte> Body { get; } = body;
    public MessageDigest Digest { get; } = digest;

    public bool IsOverRate { get; } = isOverRate;

    public string? Author { get; } = author;

    /// <summary>Whose retry holds it up (protocol §4): that of its conversation's. No name holds a control character.</summary>
    internal string Lane { get; } = author is null ? recipient : $"{author}\0{recipient}";

    /// <summary>Once settled: it has come again, after this stream was told to wait with it (protocol §4, the fence).</summary>
    public bool HasWaited { get; internal set; }

    /// <summary>
    /// Once recorded or repeated: its entry in the sender's own sequence; none where it was sent in another's name.
    /// </summary>
    public SignalOffset SignalOffset { get; internal set; }

    /// <summary>Once recorded or repeated: its place in the conversation.</summary>
    public UserOffset UserOffset { get; internal set; }

    /// <summary>Once recorded or repeated: when it was recorded, epoch milliseconds.</summary>
    public long RecordedAt { get; internal set; }
}
