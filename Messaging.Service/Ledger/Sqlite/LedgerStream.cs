using Messaging.Service.Ledger.Sqlite.Rules;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite;

/// <inheritdoc cref="ILedgerStream"/>
internal sealed class LedgerStream(
    UserState user, DeviceState state, StreamNumber number, IStreamListener listener, QueueReaders readers, int maxFenced)
    : ILedgerStream
{
    private volatile IStreamListener? _listener = listener;
    private volatile Fence? _fence;

    public UserState User { get; } = user;

    public DeviceState State { get; } = state;

    /// <summary>Who hears of it; nobody once it is closed, and the writer lets go of it when it next comes by.</summary>
    public IStreamListener? Listener => _listener;

    public Party Device => State.Party;

    public StreamNumber Number { get; } = number;

    public SignalOffset Head => User.PublishedHead;

    public SignalOffset Cursor => State.PublishedCursor;

    /// <summary>Made when it is first needed: many streams never send. Writer's thread only.</summary>
    public Fence Fence => _fence ??= new Fence(maxFenced);

    public bool IsFenced => _fence is { IsUp: true };

    public bool HasBlocked(string user) => User.PublishedBlocked is { Count: > 0 } blocked && blocked.Contains(user);

    /// <summary>Whether it is to be woken after the batch under way; writer's thread only.</summary>
    public bool IsWakeDue { get; set; }

    public ValueTask<QueuePage> ReadAsync(
        SignalOffset after, int maxEntries, int maxBytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after.Value, nameof(after));
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEntries, 1);
        return readers.ReadAsync(User, after, maxEntries, maxBytes, cancellationToken);
    }

    public void Dispose() => _listener = null;
}
