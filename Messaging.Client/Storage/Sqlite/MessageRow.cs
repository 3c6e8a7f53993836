namespace Messaging.Client.Storage.Sqlite;

/// <summary>A row of <c>messaging_message</c>, without its body.</summary>
internal readonly record struct MessageRow(long Peer, StoredPlace Place, MessageState Kept)
{
    /// <summary>Whether it is this user's and the server has not taken it.</summary>
    public bool IsWaiting => Kept is MessageState.Pending or MessageState.Refused;
}
