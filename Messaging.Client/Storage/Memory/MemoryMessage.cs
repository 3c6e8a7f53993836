using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Client.Storage.Memory;

/// <summary>A message of the history. Owned by the <see cref="MemoryStore"/> and its lock.</summary>
internal sealed class MemoryMessage(Message body, bool isOwn, MemoryConversation conversation, StoredPlace place)
{
    public Message Body { get; set; } = body;

    /// <summary>The payload as the application has it, where that is not the body's own.</summary>
    public ByteString? Plain { get; init; }

    /// <summary>Why it could not be opened.</summary>
    public string? Unusable { get; init; }

    public bool IsOwn { get; } = isOwn;

    public MemoryConversation Conversation { get; } = conversation;

    /// <summary>Its key in the conversation: changed only while it is out of that.</summary>
    public StoredPlace Place { get; set; } = place;

    /// <summary>What does not follow from the watermarks.</summary>
    public MessageState Kept { get; set; } = isOwn ? MessageState.Pending : MessageState.Received;

    public Acceptance? Acceptance { get; set; }

    public string? Error { get; set; }

    public bool IsWaiting => IsOwn && Kept is MessageState.Pending or MessageState.Refused;

    public int Size => Body.Payload.Length + Body.Encrypted.Length + Body.Signature.Length + (Plain?.Length ?? 0)
        + (2 * Body.Id.Length);
}
