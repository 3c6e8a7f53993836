namespace Messaging.Service.Ledger;

/// <summary>Everybody may reach everybody, but those who have blocked them.</summary>
public sealed class BlockListPolicy : IMessagingPolicy
{
    /// <inheritdoc/>
    public bool MayWrite(in Contact contact) => !contact.IsBlocked;

    /// <inheritdoc/>
    public bool MayBeSeen(in Contact contact) => !contact.IsBlocked;
}
