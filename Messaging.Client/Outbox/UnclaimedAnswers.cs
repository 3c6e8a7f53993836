namespace Messaging.Client.Outbox;

/// <summary>
/// Answers still to come on this stream for which no entry of the outbox waits: those to hints, and those to entries
/// that are to be sent again because it was not clear whose answer had come. Owned by the <see cref="SendQueue"/> and
/// its lock.
/// </summary>
internal sealed class UnclaimedAnswers
{
    // Protocol §2: with as many frames unanswered, a server reads no more.
    private const int Most = 4096;

    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    public int Of(string id) => _counts.GetValueOrDefault(id);

    public void Add(string id) => Set(id, Of(id) + 1);

    public void Set(string id, int count)
    {
        if (count <= 0)
            _counts.Remove(id);
        else if (_counts.Count < Most || _counts.ContainsKey(id))
            _counts[id] = count;
    }

    public void Clear() => _counts.Clear();
}
