namespace Messaging.Client.Storage;

/// <summary>
/// Where a message stands in the history of its conversation: by epoch, by its place there, and, where it has none
/// yet, behind all others in the order in which it was handed over.
/// </summary>
/// <param name="Era">The number of the epoch, counted by the store from 0; <see cref="NoEra"/> without a place.</param>
/// <param name="UserOffset">The place in the conversation, from 1; 0 without one.</param>
/// <param name="Number">Numbers the messages of the store in the order in which they came into it.</param>
internal readonly record struct StoredPlace(int Era, int UserOffset, long Number) : IComparable<StoredPlace>
{
    public const int NoEra = int.MaxValue;

    public bool IsInConversation => Era != NoEra;

    public int CompareTo(StoredPlace other) =>
        (Era, UserOffset, Number).CompareTo((other.Era, other.UserOffset, other.Number));
}
