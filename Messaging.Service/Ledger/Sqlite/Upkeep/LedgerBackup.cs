using Messaging.Service.Ledger.Sqlite.Verifying;

namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>Makes a backup, beside a running service or without one, and puts one in a ledger's place.</summary>
internal static class LedgerBackup
{
    /// <summary>
    /// Copies a ledger into a file of its own and verifies the copy. Under its final name there is, at every moment, all of
    /// it or what was there before; once this returns it would survive a power cut.
    /// </summary>
    /// <param name="path">The ledger.</param>
    /// <param name="target">The backup.</param>
    /// <param name="isForced">Whether it may take the place of a file that is there.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="mostLogBytes">How long the log of a service that is at work may become meanwhile.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What the verification of the copy came to; there is a backup only where it is well.</returns>
    /// <exception cref="LedgerUnusableException">It can't be done; the message says why.</exception>
    public static VerificationReport Make(
        string path, string target, bool isForced, IProgress<VerificationStep>? progress, long mostLogBytes,
        CancellationToken cancellationToken)
    {
        target = Path.GetFullPath(target);
        if (target == path)
            throw new LedgerUnusableException($"{target} is the ledger itself.");
        if (Directory.Exists(target))
            throw new LedgerUnusableException($"{target} is a folder; the name of a file is needed.");
        if (File.Exists(target) && !isForced)
            throw new LedgerUnusableException($"There is a file at {target} already; with --force the backup takes its place.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);

        var draft = target + ".partial";
        try
        {
            LedgerCopy.Write(path, draft, progress, mostLogBytes, cancellationToken);
            var report = Verification.Run(draft, isHeadCompared: false, progress, cancellationToken: cancellationToken) with { Path = target };
            if (report.IsWell)
            {
                DurableFiles.Sync(draft);
                DurableFiles.Rename(draft, target);
            }

            return report;
        }
        finally
        {
            LedgerCopy.Remove(draft);
        }
    }

    /// <summary>
    /// Puts a verified copy of a backup in the ledger's place, under a new epoch, by which every client knows that it must
    /// compare. A ledger that stands there is put aside.
    /// </summary>
    /// <param name="source">The backup.</param>
    /// <param name="path">The ledger.</param>
    /// <param name="isForced">Whether it may take the place of a ledger that is there.</param>
    /// <param name="time">Names what is put aside.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Ends it, before anything has been replaced.</param>
    /// <returns>
    /// What the verification of the copy came to; where it is not well, nothing has changed. And the name of what was put
    /// aside.
    /// </returns>
    /// <exception cref="LedgerUnusableException">It can't be done; the message says why. Nothing has changed.</exception>
    public static (VerificationReport Report, string? Aside) Restore(
        string source, string path, bool isForced, TimeProvider time, IProgress<VerificationStep>? progress,
        CancellationToken cancellationToken)
    {
        source = Path.GetFullPath(source);
        if (source == path)
            throw new LedgerUnusableException($"{source} is the ledger itself; \"ledger accept\" goes on with it as it stands.");
        using var hold = LedgerFile.Hold(path);
        if (File.Exists(path) && !isForced)
            throw new LedgerUnusableException($"There is a ledger at {path}; with --force it is put aside, under another name.");

        var draft = path + ".restoring";
        try
        {
            LedgerCopy.Write(source, draft, progress, LedgerOptions.DefaultReaderLogBytes, cancellationToken);
            LedgerFile.Renew(draft);
            var report = Verification.Run(draft, isHeadCompared: false, progress, cancellationToken: cancellationToken) with { Path = path };
            if (!report.IsWell)
                return (report, null);
            DurableFiles.Sync(draft);
            var aside = PutAside(path, time);
            DurableFiles.Rename(draft, path);
            KeepHead(path);
            return (report, aside);
        }
        finally
        {
            LedgerCopy.Remove(draft);
        }
    }

    /// <summary>Goes on with a ledger as it stands, whatever its head file says: under a new epoch.</summary>
    /// <param name="path">The ledger; no service may have it.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Ends it, before anything has changed.</param>
    /// <returns>What its verification came to; where it is not well, nothing has changed.</returns>
    /// <exception cref="LedgerUnusableException">It can't be done; the message says why.</exception>
    public static VerificationReport Accept(
        string path, IProgress<VerificationStep>? progress, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            throw new LedgerUnusableException($"There is no ledger at {path}.");
        using var file = LedgerFile.Take(path);
        var report = Verification.Run(path, isHeadCompared: false, progress, cancellationToken: cancellationToken);
        if (!report.IsWell)
            return report;
        using var connection = file.Connect();
        LedgerFile.BeginEpoch(connection);
        var head = LedgerHead.Of(connection);
        head.Write(path);
        return report with { Epoch = head.Epoch };
    }

    private static void KeepHead(string path)
    {
        using var connection = LedgerFile.OpenReadOnly(path);
        LedgerHead.Of(connection).Write(path);
    }

    /// <summary>With its log and its head, under names that still belong together.</summary>
    private static string? PutAside(string path, TimeProvider time)
    {
        var aside = $"{path}.replaced-{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}";
        var isThere = File.Exists(path);
        File.Delete(path + "-shm");
        foreach (var suffix in (string[])["", "-wal"])
        {
            if (File.Exists(path + suffix))
                File.Move(path + suffix, aside + suffix, overwrite: true);
        }

        if (File.Exists(LedgerHead.PathFor(path)))
            File.Move(LedgerHead.PathFor(path), LedgerHead.PathFor(aside), overwrite: true);
        return isThere ? aside : null;
    }
}
