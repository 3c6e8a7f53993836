namespace Messaging.Client.Protection;

/// <summary>
/// Stands between the application and the wire: what it makes of a message is what the server and everyone behind it
/// sees. Set by <see cref="MessagingClientOptions.Protector"/>. Called from any thread, by several at once, and
/// <see cref="Open"/> while everything behind the message waits: it is to be quick, and must not call the client.
/// </summary>
public interface IMessageProtector
{
    /// <summary>
    /// Makes what goes up of what the application hands over: encrypts, signs. Called once for each message, before it
    /// is kept; what is sent again is the same bytes.
    /// </summary>
    /// <param name="message">The message; its content is a payload and nothing else.</param>
    /// <returns>
    /// What goes up: with a payload, or with an encryption type and encrypted content (protocol §9.41–9.43).
    /// </returns>
    /// <remarks>What it throws is thrown at who sends the message, which then is not sent.</remarks>
    MessageContent Protect(MessageEnvelope message);

    /// <summary>
    /// Makes what the application gets of what has come down: checks, decrypts. Called for messages of others and for
    /// those that the user's other devices have sent, once for each time that the server gives one out.
    /// </summary>
    /// <param name="message">The message as it came.</param>
    /// <returns>What came; of it, the application gets the payload.</returns>
    /// <exception cref="MessageUnusableException">
    /// It cannot be used: the reason goes to its sender (protocol §6.41). Whatever else is thrown counts as this, with
    /// a reason that says nothing.
    /// </exception>
    MessageContent Open(MessageEnvelope message);
}
