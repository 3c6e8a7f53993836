namespace Messaging.Service.Ledger;

/// <summary>
/// One open stream of one device: its number, and the queue of its user. Safe for concurrent use. Dispose it when the
/// stream ends; the ledger wakes it until then.
/// </summary>
public interface ILedgerStream : IDisposable
{
    Party Device { get; }

    StreamNumber Number { get; }

    /// <summary>The highest offset in the user's sequence that is on disk; never moves back.</summary>
    SignalOffset Head { get; }

    /// <summary>The highest offset that this device is known to have, on disk (protocol §5); never moves back.</summary>
    SignalOffset Cursor { get; }

    /// <summary>Whether a message waits for its retry, and others of its conversation behind it (protocol §4).</summary>
    bool IsFenced { get; }

    /// <summary>Whether this stream's user has blocked another, as it is on disk (protocol §11).</summary>
    bool HasBlocked(string user);

    /// <summary>
    /// Reads the queue from the entry behind <paramref name="after"/>, in order, only what is on disk. Comes back at
    /// once where the entries are recent, from disk otherwise. Never more than <paramref name="maxEntries"/> (from 1)
    /// entries nor, beyond the first, more than <paramref name="maxBytes"/> bytes of bodies.
    /// </summary>
    ValueTask<QueuePage> ReadAsync(
        SignalOffset after, int maxEntries, int maxBytes, CancellationToken cancellationToken);
}
