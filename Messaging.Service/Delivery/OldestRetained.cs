using Messaging.Service.Ledger;

namespace Messaging.Service.Delivery;

/// <summary>Finds where a queue still begins (protocol §5, re-reading).</summary>
internal static class OldestRetained
{
    private const int PageEntries = 64;
    private const int PageBytes = 1 << 20;

    /// <summary>
    /// Where a re-read from an offset begins: there, or right before the oldest entry that is retained, where the offset
    /// is older than that.
    /// </summary>
    public static async ValueTask<SignalOffset> BehindAsync(
        ILedgerStream stream, SignalOffset asked, CancellationToken cancellationToken)
    {
        for (var at = SignalOffset.None; at < stream.Head;)
        {
            var page = await stream.ReadAsync(at, PageEntries, PageBytes, cancellationToken);
            foreach (var entry in page.Entries)
            {
                if (EntryFrames.HoldsSomething(entry))
                    return Later(asked, new SignalOffset(entry.Offset.Value - 1));
            }

            at = page.Through;
        }

        return Later(asked, stream.Head);
    }

    private static SignalOffset Later(SignalOffset one, SignalOffset other) => one > other ? one : other;
}
