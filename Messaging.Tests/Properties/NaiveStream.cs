using Messaging.Service.Ledger;

namespace Messaging.Tests.Properties;

/// <summary>A stream of a <see cref="NaiveLedger"/>.</summary>
internal sealed class NaiveStream(
    NaiveLedger ledger, Party device, NaiveUser user, NaiveDeviceState state, IStreamListener listener) : ILedgerStream
{
    public Party Device => device;

    public NaiveUser User => user;

    public NaiveDeviceState State => state;

    public IStreamListener Listener => listener;

    /// <summary>Offsets that hold nothing for the device, of which a position signal has told it.</summary>
    public HashSet<int> AccountedFor { get; } = [];

    public StreamNumber Number { get; } = state.Stream;

    public SignalOffset Head => ledger.Locked(() => user.Head);

    public SignalOffset Cursor => ledger.Locked(() => state.Cursor);

    public bool IsFenced => false;

    public bool HasBlocked(string other) => ledger.Locked(() => user.Blocked.Contains(other));

    public ValueTask<QueuePage> ReadAsync(
        SignalOffset after, int maxEntries, int maxBytes, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ledger.Locked(() => ledger.Page(user, after, maxEntries, maxBytes)));

    public void Dispose() => ledger.Close(this);
}
