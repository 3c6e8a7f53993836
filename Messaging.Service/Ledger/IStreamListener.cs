namespace Messaging.Service.Ledger;

/// <summary>What a stream hears from the ledger, on the writer's thread: it must not block, throw or call back.</summary>
public interface IStreamListener
{
    /// <summary>Work of this stream is settled: recorded means on disk. In the order in which it was submitted.</summary>
    void OnSettled(Submission submission);

    /// <summary>
    /// Comes once after a batch that settled work of this stream or raised its user's head, when both can be seen.
    /// </summary>
    void Wake();

    /// <summary>A later stream of the same device has been opened: nothing of this one takes effect any more.</summary>
    void OnReplaced();

    /// <summary>
    /// The device has been removed from its account (protocol §11): nothing of this stream takes effect any more, and it has
    /// to end within seconds.
    /// </summary>
    void OnRevoked();
}
