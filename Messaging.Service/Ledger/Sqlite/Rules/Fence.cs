namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// Keeps the order of one stream's messages across refusals (protocol §4): once one has been refused for now, those of
/// its conversation that came later wait behind it, and are taken in the order in which they first came.
/// </summary>
/// <remarks>
/// Writer's thread only, but for <see cref="IsUp"/>. What a batch takes is forgotten once the batch is on disk: where
/// it fails, the message still stands at its place, and what the batch has added stands there no more: all of the batch
/// is refused then, in the order in which it came.
/// </remarks>
internal sealed class Fence(int maxWaiting)
{
    private readonly Dictionary<string, LinkedList<Waiting>> _byRecipient = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Recipient, string Id), LinkedListNode<Waiting>> _byMessage = [];
    private readonly List<LinkedListNode<Waiting>> _takenInBatch = [];
    private readonly List<LinkedListNode<Waiting>> _heldInBatch = [];
    private volatile bool _isUp;

    // One was refused for which there was no place: the stream ends, and until then nothing may overtake it.
    private bool _isOverrun;

    /// <summary>Whether anything waits; any thread.</summary>
    public bool IsUp => _isUp;

    /// <summary>Whether a batch under way has taken something from behind it, or put something there.</summary>
    public bool IsTouched => _takenInBatch.Count > 0 || _heldInBatch.Count > 0;

    /// <summary>Whether a message may be taken now: nothing waits in its conversation, or it is the first that does.</summary>
    public bool Admits(string recipient, string id) =>
        !_isOverrun && (FirstWaiting(recipient) is not { } first || first == id);

    /// <summary>The id of the message for which a conversation waits, if it waits for one.</summary>
    public string? FirstWaiting(string recipient)
    {
        if (!_isUp || !_byRecipient.TryGetValue(recipient, out var waiting))
            return null;

        var first = waiting.First;
        while (first is { Value.IsTaken: true })
            first = first.Next;
        return first?.Value.Id;
    }

    /// <summary>Whether a message was refused for now, and waits to come again.</summary>
    public bool Holds(string recipient, string id) => _isUp && _byMessage.ContainsKey((recipient, id));

    /// <summary>A message was refused for now: it waits, at the place at which it first came.</summary>
    /// <returns>No, where as many wait as may; from then on no message is admitted.</returns>
    public bool Hold(string recipient, string id)
    {
        if (_byMessage.ContainsKey((recipient, id)))
            return true;
        if (_byMessage.Count >= maxWaiting)
        {
            _isOverrun = true;
            return false;
        }

        if (!_byRecipient.TryGetValue(recipient, out var waiting))
            _byRecipient.Add(recipient, waiting = new LinkedList<Waiting>());
        var node = waiting.AddLast(new Waiting(recipient, id));
        _byMessage.Add((recipient, id), node);
        _heldInBatch.Add(node);
        _isUp = true;
        return true;
    }

    /// <summary>A message was taken, or refused for good, by the batch under way.</summary>
    public void Take(string recipient, string id)
    {
        if (!_isUp || !_byMessage.TryGetValue((recipient, id), out var node) || node.Value.IsTaken)
            return;
        node.Value.IsTaken = true;
        _takenInBatch.Add(node);
    }

    /// <summary>A message was refused for good before its recipient could be told.</summary>
    /// <returns>Whether it waited.</returns>
    public bool Take(string id)
    {
        var hasWaited = false;
        foreach (var recipient in _byRecipient.Keys)
        {
            hasWaited |= Holds(recipient, id);
            Take(recipient, id);
        }

        return hasWaited;
    }

    /// <summary>The batch is on disk.</summary>
    public void Commit()
    {
        _takenInBatch.ForEach(Remove);
        _takenInBatch.Clear();
        _heldInBatch.Clear();
        _isUp = _byMessage.Count > 0;
    }

    /// <summary>The batch failed.</summary>
    public void RollBack()
    {
        foreach (var node in _takenInBatch)
            node.Value.IsTaken = false;
        _takenInBatch.Clear();
        _heldInBatch.ForEach(Remove);
        _heldInBatch.Clear();
        _isUp = _byMessage.Count > 0;
    }

    private void Remove(LinkedListNode<Waiting> node)
    {
        var waiting = node.Value;
        _byMessage.Remove((waiting.Recipient, waiting.Id));
        var list = node.List!;
        list.Remove(node);
        if (list.Count == 0)
            _byRecipient.Remove(waiting.Recipient);
    }

    private sealed class Waiting(string recipient, string id)
    {
        public string Recipient { get; } = recipient;

        public string Id { get; } = id;

        public bool IsTaken { get; set; }
    }
}
