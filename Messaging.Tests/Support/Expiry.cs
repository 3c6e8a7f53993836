using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Retaining;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Tests.Support;

/// <summary>
/// Has retention's own writer empty messages that a test chooses, in a ledger that no service has: what ages and sizes would
/// choose is tested elsewhere.
/// </summary>
internal static class Expiry
{
    /// <param name="path">The ledger's file.</param>
    /// <param name="ids">The messages.</param>
    public static async Task RunAsync(string path, params string[] ids)
    {
        var sequences = ids.Select(id => LedgerEdit.Ask(path, $"SELECT seq FROM journal WHERE id = '{id}'")).Order().ToList();
        var options = new LedgerOptions { Path = path };
        await using var ledger = SqliteLedger.OpenStepped(options, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
        while (LedgerEdit.Ask(path, "SELECT max(seq) - projected_seq FROM journal, ledger") > 0)
            await TakeAsync(ledger, new RetentionStep(default) { FoldsTail = true });

        using var connection = LedgerEdit.Open(path);
        var before = RetentionStanding.Read(connection.Handle!);
        var length = LedgerEdit.Ask(path, $"SELECT sum(length(body)) FROM journal WHERE seq IN ({string.Join(", ", sequences)})");
        var step = new RetentionStep(new RetentionStanding(
            Counted: LedgerEdit.Ask(path, "SELECT projected_seq FROM ledger"),
            BodyBytes: LedgerEdit.Ask(path, "SELECT coalesce(sum(length(body)), 0) FROM journal WHERE kind IN (1, 7)") - length,
            Passed: 0, before.Removed + sequences.Count, before.RemovedBytes + length));
        step.Rows.AddRange(sequences);
        await TakeAsync(ledger, step);
    }

    private static async Task TakeAsync(SqliteLedger ledger, RetentionStep step)
    {
        await ledger.SubmitAsync(step, CancellationToken.None);
        if (!ledger.Step() || step.Settlement != Settlement.Recorded)
            throw new InvalidOperationException($"The step was {step.Settlement}: {step.Damage}.");
    }
}
