namespace Messaging.Client.Protection;

/// <summary>
/// The application's keys for <see cref="AesGcmProtector"/>: each conversation has its own, known to both ends and to
/// all their devices. Called from any thread, by several at once.
/// </summary>
public interface IConversationKeys
{
    /// <summary>
    /// The key that encrypts what this device sends in the conversation. To rotate it, give another one, with another
    /// id, once every device knows that one.
    /// </summary>
    /// <param name="peer">The user at the other end; this user's own name for notes to oneself.</param>
    /// <remarks>What it throws is thrown at who sends the message.</remarks>
    ConversationKey GetCurrent(string peer);

    /// <summary>
    /// The key of this id in the conversation, also a former one, for as long as messages under it may come. Null
    /// where there is none: the message then is unusable.
    /// </summary>
    /// <param name="peer">The user at the other end; this user's own name for notes to oneself.</param>
    /// <param name="keyId">As the message has it; whoever sent that may have written anything.</param>
    ConversationKey? Find(string peer, string keyId);
}
