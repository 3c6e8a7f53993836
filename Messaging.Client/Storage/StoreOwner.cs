namespace Messaging.Client.Storage;

/// <summary>Whose a store is.</summary>
internal static class StoreOwner
{
    /// <exception cref="StoreUnusableException">It is another's, or in use.</exception>
    public static void Require(
        (string User, string Device)? owner, string user, string device, bool isAttached, string name)
    {
        if (owner is { } other && other != (user, device))
        {
            throw new StoreUnusableException(
                $"{name} belongs to {other.User}/{other.Device}, and this is {user}/{device}; each device has its own.");
        }
        if (isAttached)
            throw new StoreUnusableException($"{name} is used by another client, which has not been disposed.");
    }
}
