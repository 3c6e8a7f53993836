using Messaging.Service.Ledger;

namespace Messaging.Tests.Delivery;

/// <summary>A stream whose head and cursor a test sets.</summary>
internal sealed class StubStream : ILedgerStream
{
    public Party Device { get; init; } = new("bob", "phone");

    public StreamNumber Number { get; init; } = new(7);

    public SignalOffset Head { get; set; }

    public SignalOffset Cursor { get; set; }

    public bool IsFenced { get; set; }

    public bool HasBlocked(string user) => false;

    public ValueTask<QueuePage> ReadAsync(
        SignalOffset after, int maxEntries, int maxBytes, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The tests hand pages over themselves");

    public void Dispose()
    {
    }
}
