using Dapper;
using Messaging.Service.Ledger.Sqlite.Verifying;

namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>What giving free space back came to.</summary>
/// <param name="Report">What the verification before it came to; where it is not well, nothing has changed.</param>
/// <param name="BytesBefore">The file's size before.</param>
/// <param name="BytesAfter">And after.</param>
internal sealed record CompactionResult(VerificationReport Report, long BytesBefore, long BytesAfter);

/// <summary>
/// Gives the free pages of a ledger back to the system. No service may have it: all of the file is written anew in one
/// transaction, for which a service would have to wait.
/// </summary>
internal static class LedgerCompaction
{
    /// <exception cref="LedgerUnusableException">A service has it, or it can't be used.</exception>
    public static CompactionResult Run(string path, IProgress<VerificationStep>? progress, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            throw new LedgerUnusableException($"There is no ledger at {path}.");
        using var file = LedgerFile.Take(path, LedgerHead.Read(path, out _));
        var report = Verification.Run(path, isHeadCompared: true, progress, cancellationToken: cancellationToken);
        var before = new FileInfo(path).Length;
        if (!report.IsWell)
            return new CompactionResult(report, before, before);

        progress?.Report(new VerificationStep("compact", 0, 0));
        using (var connection = file.Connect())
        {
            // Through the log: a crash leaves the file as it was or as it is to be.
            connection.Execute("PRAGMA auto_vacuum = INCREMENTAL");
            connection.Execute("VACUUM main");
            connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            LedgerFile.RemoveLogOnClose(connection.Handle!);
        }

        return new CompactionResult(report, before, new FileInfo(path).Length);
    }
}
