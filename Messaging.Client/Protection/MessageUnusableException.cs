using Messaging.Client.Outbox;

namespace Messaging.Client.Protection;

/// <summary>A message cannot be opened: it does not decrypt, its signature is wrong.</summary>
public sealed class MessageUnusableException : Exception
{
    /// <param name="reason">
    /// Why, for its sender and the application: 1 byte to 1 KiB of UTF-8, without a key or a part of the content.
    /// </param>
    /// <exception cref="ArgumentException">The reason is not usable.</exception>
    public MessageUnusableException(string reason)
        : base(reason) => WireText.RequireReason(reason, nameof(reason));
}
