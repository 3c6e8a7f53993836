namespace Messaging.Client;

/// <summary>What a <see cref="Receipt"/> says (protocol §6).</summary>
public enum ReceiptKind
{
    /// <summary>A device of the other user has every message up to the offset.</summary>
    Received,

    /// <summary>The other user has read every message up to the offset.</summary>
    Read,

    /// <summary>The other user has played or viewed this one message.</summary>
    Played,

    /// <summary>
    /// A device of the other user has the message but cannot use it; <see cref="Receipt.Error"/> says why.
    /// </summary>
    Unusable,

    /// <summary>
    /// This user has read the conversation up to the offset, on another device or before this client was made.
    /// </summary>
    ReadByMe,
}
