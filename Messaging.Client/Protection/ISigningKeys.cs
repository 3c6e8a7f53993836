namespace Messaging.Client.Protection;

/// <summary>
/// The application's keys for <see cref="SigningProtector"/>: each device has its own, and knows the public ones of those
/// that it gets messages from. Called from any thread, by several at once.
/// </summary>
public interface ISigningKeys
{
    /// <summary>The key that signs what this device sends.</summary>
    /// <remarks>What it throws is thrown at who sends the message.</remarks>
    SigningKey GetOwn();

    /// <summary>
    /// The public key of this id of that device, as a DER-encoded <c>SubjectPublicKeyInfo</c> of a P-256 key. Null
    /// where there is none: the message then is unusable. What it says of who <paramref name="from"/> is, is all that
    /// a signature proves.
    /// </summary>
    /// <param name="from">Who the server says has sent the message, also another device of this user.</param>
    /// <param name="keyId">As the message has it; whoever sent that may have written anything.</param>
    byte[]? FindPublic(Identity from, string keyId);
}
