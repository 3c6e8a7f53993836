using Messaging.Client.Storage;
using Messaging.Client.Storage.Memory;
using Messaging.Client.Storage.Sqlite;

namespace Messaging.Client;

/// <summary>
/// What one device of one user keeps: the outbox, the position in its queue, the messages that the application has not
/// handled, and the history of its conversations. Belongs to the user and device of the first client that uses it.
/// One client at a time uses it; the application disposes it after the client. Every member may be called from any
/// thread.
/// </summary>
public abstract class MessagingStore : IAsyncDisposable
{
    // What it means, and for whom, is this library's own affair.
    private protected MessagingStore()
    {
    }

    /// <summary>
    /// Whether what it keeps survives the process. Then a message is acknowledged as soon as it is in the store;
    /// otherwise not before the application has handled it.
    /// </summary>
    public abstract bool IsDurable { get; }

    /// <summary>
    /// Keeps everything for as long as the object lives. Of the history, and of what is parked, it keeps the newest
    /// <paramref name="maxMessages"/> messages, and of those what fits into 16 MiB.
    /// </summary>
    /// <param name="maxMessages">From 1 up. Default: 1,000.</param>
    public static MessagingStore InMemory(int maxMessages = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        return new MemoryStore(maxMessages);
    }

    /// <summary>
    /// Opens a store in a SQLite file, which is made where it is not there, with its folder. The file may be the
    /// application's own database: the tables of the store begin with <c>messaging_</c>. What the store has taken
    /// survives a power cut: the log is synchronised at every commit, and one commit takes what has gathered.
    /// </summary>
    /// <param name="path">The file. Beside it are its log and <c>&lt;path&gt;.lock</c>.</param>
    /// <exception cref="StoreUnusableException">It is in use, is no database, or is of a later version.</exception>
    public static MessagingStore Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return SqliteStore.Open(path);
    }

    /// <summary>Writes what is left to write, and closes the store.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>A client begins to use it; the first one makes it its own.</summary>
    /// <exception cref="StoreUnusableException">It is another's, or in use.</exception>
    internal abstract void Attach(string user, string device);

    /// <summary>The client has ended: another one may begin.</summary>
    internal abstract void Detach();

    /// <summary>What earlier clients have left. Asked once by each client, before it writes.</summary>
    internal abstract Task<StoredState> LoadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Keeps a change. Changes are made in the order of these calls. <paramref name="done"/> is called in that order
    /// too, once the change would survive what the store is there to survive, or with why it could not be made; it
    /// must neither wait nor throw.
    /// </summary>
    internal abstract void Write(StoreChange change, Action<StoreFailedException?>? done = null);

    /// <summary>Where the client stands; may be written a little later.</summary>
    internal abstract void SavePosition(StoredPosition position);

    /// <summary>Completes when everything before is written.</summary>
    /// <exception cref="StoreFailedException">It could not be.</exception>
    internal abstract Task FlushAsync();

    /// <summary>The last messages of a conversation, in its order.</summary>
    internal abstract Task<IReadOnlyList<StoredMessage>> ReadMessagesAsync(
        string peer, StoredPlace? before, int limit, CancellationToken cancellationToken);

    /// <summary>The conversations, those with the newest messages first.</summary>
    internal abstract Task<IReadOnlyList<Conversation>> ReadConversationsAsync(
        long? before, int limit, CancellationToken cancellationToken);

    /// <summary>A message that this user has sent.</summary>
    internal abstract Task<SentMessage?> FindSentAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// The last message that the other sent in the conversation, where <paramref name="upTo"/> is given the last one
    /// up to that place of the present epoch.
    /// </summary>
    internal abstract Task<StoredMessage?> FindLastOfOthersAsync(
        string peer, int? upTo, CancellationToken cancellationToken);

    /// <summary>The parked messages, oldest first.</summary>
    internal abstract Task<IReadOnlyList<StoredEntry>> ReadParkedAsync(int limit, CancellationToken cancellationToken);

    internal abstract Task<StoredEntry?> FindParkedAsync(string messageId, CancellationToken cancellationToken);
}
