namespace Messaging.Client.Inbox;

/// <summary>
/// The last messages that were handled, by sending user and id: where the ledger is another one, offsets no longer
/// tell what came before (protocol §5). Owned by the <see cref="ReceiveQueue"/> and its lock.
/// </summary>
internal sealed class HandledMessages
{
    // A restore from a backup goes back further than this on a busy device: then messages come twice, none is lost.
    private const int Most = 4096;

    private readonly Queue<(string User, string Id)> _recent = new();
    private HashSet<(string User, string Id)> _ofEarlierEpochs = [];

    // Longer than the protocol allows (§9): no server that keeps to it sends such a one, and none is to fill the memory.
    private const int LongestId = 128;
    private const int LongestName = 255;

    public void Add(ReceivedMessage message)
    {
        if (message.Id.Length > LongestId || message.From.User.Length > LongestName)
            return;
        if (_recent.Count == Most)
            _recent.Dequeue();
        _recent.Enqueue((message.From.User, message.Id));
    }

    public void EndEpoch() => _ofEarlierEpochs = [.. _recent];

    public bool CameBefore(ReceivedMessage message) => _ofEarlierEpochs.Contains((message.From.User, message.Id));
}
