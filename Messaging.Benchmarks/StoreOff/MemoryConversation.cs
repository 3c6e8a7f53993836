using Messaging.Service.Ledger;

namespace Messaging.Benchmarks.StoreOff;

/// <summary>The messages of two users to each other.</summary>
internal sealed class MemoryConversation(long key)
{
    public ConversationKey Key => new(key);

    public UserOffset Head { get; private set; }

    public UserOffset Take() => Head = Head.Next();
}
