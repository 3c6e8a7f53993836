using System.Collections.Immutable;

namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>A conversation that is active: the head of its timeline, its recent messages, its members.</summary>
internal sealed class ConversationState(ConversationKey key, int head, ImmutableArray<MemberState> members) : StagedState
{
    private Staged _head = new(head);

    public ConversationKey Key { get; } = key;

    public ImmutableArray<MemberState> Members { get; } = members;

    /// <summary>The messages that are not folded yet.</summary>
    public Recent<MessageRecord> Recent { get; } = new();

    public UserOffset Head
    {
        get => new(_head.Working);
        set => _head.Working = value.Value;
    }

    /// <summary>The head that is on disk; any thread.</summary>
    public UserOffset PublishedHead => new(_head.Published);

    public MemberState MemberOf(UserKey user)
    {
        foreach (var member in Members)
        {
            if (member.User == user)
                return member;
        }

        throw new InvalidOperationException($"User {user.Value} is not a member of conversation {Key.Value}.");
    }

    /// <summary>How far a message has come with every other member, as it is on disk; any thread.</summary>
    public MessageState StateOf(UserKey author, UserOffset message)
    {
        var state = MessageState.Sent;
        foreach (var member in Members)
        {
            if (member.User == author)
                continue;
            if (member.PublishedReceived < message)
                return MessageState.Sent;

            var reached = member.PublishedRead < message ? MessageState.Received : MessageState.Read;
            state = state == MessageState.Sent || reached < state ? reached : state;
        }

        return state;
    }

    public override void Publish()
    {
        _head.Publish();
        foreach (var member in Members)
            member.Publish();
    }

    public override void Revert()
    {
        _head.Revert();
        Recent.RemoveAfter(_head.Working);
        foreach (var member in Members)
            member.Revert();
    }
}
