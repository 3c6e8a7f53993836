using System.CommandLine;
using Messaging.Service.Ledger.Sqlite.Upkeep;
using Messaging.Service.Ledger.Sqlite.Verifying;

namespace Messaging.Service.Operations.Verbs;

/// <summary>What can be done with a ledger as a whole: <c>ledger verify</c> and the like.</summary>
internal static class LedgerVerbs
{
    public static Command Verify(VerbScope scope)
    {
        var verb = new Command(
            "verify",
            "Checks the whole ledger: the file, every row's checksum, and all tables against the journal. Reads only; a "
            + "service may run. Exit code 0 if nothing is wrong.");
        scope.Does(verb, run =>
        {
            var report = run.Watch(progress => Verification.Run(
                run.Path, isHeadCompared: true, progress, run.Scope.Options().ReaderLogBytes, run.CancellationToken));
            if (!run.IsJson)
                return run.Say(report, "Nothing is wrong.");
            run.Output.WriteJson(report);
            return report.IsWell;
        });
        return verb;
    }

    public static Command Backup(VerbScope scope)
    {
        var force = NewForce();
        var target = new Argument<string>("TARGET") { Description = "The file to write." };
        var verb = new Command(
            "backup",
            "Copies the ledger as it stands at this moment into one file, and verifies the copy. A service may run. Under "
            + "its name there is all of it or nothing.")
        {
            target, force,
        };
        scope.Does(verb, run =>
        {
            var report = run.Watch(progress => LedgerBackup.Make(
                run.Path, run.Arguments.GetRequiredValue(target), run.Arguments.GetValue(force), progress,
                run.Scope.Options().ReaderLogBytes, run.CancellationToken));
            var bytes = report.IsWell ? new FileInfo(report.Path).Length : 0;
            if (!run.IsJson)
                return run.Say(report, "The backup is made, and nothing is wrong with it.", ("bytes", bytes));
            run.Output.WriteJson(new { report.IsWell, Target = report.Path, Bytes = bytes, Report = report });
            return report.IsWell;
        });
        return verb;
    }

    public static Command Restore(VerbScope scope)
    {
        var force = NewForce();
        var source = new Argument<string>("SOURCE") { Description = "The backup." };
        var verb = new Command(
            "restore",
            "Verifies a backup and puts a copy of it in the ledger's place, under a new epoch: clients begin anew by "
            + "themselves, and send again what the backup does not have. No service may run. A ledger that is there is put "
            + "aside, with --force.")
        {
            source, force,
        };
        scope.Does(verb, run =>
        {
            var (report, aside) = run.Watch(progress => LedgerBackup.Restore(
                run.Arguments.GetRequiredValue(source), run.Path, run.Arguments.GetValue(force), run.Scope.Time, progress,
                run.CancellationToken));
            if (!run.IsJson)
                return run.Say(report, "The backup is restored; the service can be started.", ("put aside", aside));
            run.Output.WriteJson(new { report.IsWell, Aside = aside, Report = report });
            return report.IsWell;
        });
        return verb;
    }

    public static Command Accept(VerbScope scope)
    {
        var verb = new Command(
            "accept",
            "Goes on with the ledger as it stands though it is not the one that was served last, under a new epoch: what was "
            + "accepted since is lost, but for what clients send again. No service may run.");
        scope.Does(verb, run =>
        {
            var report = run.Watch(progress => LedgerBackup.Accept(run.Path, progress, run.CancellationToken));
            if (!run.IsJson)
                return run.Say(report, "The ledger has a new epoch; the service can be started.");
            run.Output.WriteJson(report);
            return report.IsWell;
        });
        return verb;
    }

    public static Command Compact(VerbScope scope)
    {
        var verb = new Command(
            "compact",
            "Gives free space in the ledger's file back to the system. No service may run. Needs room for two more copies.");
        scope.Does(verb, run =>
        {
            var result = run.Watch(progress => LedgerCompaction.Run(run.Path, progress, run.CancellationToken));
            if (!run.IsJson)
            {
                return run.Say(
                    result.Report, "The ledger is compact.", ("bytes before", result.BytesBefore), ("bytes now", result.BytesAfter));
            }

            run.Output.WriteJson(new { result.Report.IsWell, result.BytesBefore, result.BytesAfter, result.Report });
            return result.Report.IsWell;
        });
        return verb;
    }

    public static Command Stats(VerbScope scope)
    {
        var verb = new Command("stats", "How much the ledger holds, of what, and since when. Reads only; a service may run.");
        scope.Does(verb, run =>
        {
            var stats = LedgerStatistics.Read(run.Path, run.Scope.Options().ReaderLogBytes);
            if (run.IsJson)
            {
                run.Output.WriteJson(stats);
                return true;
            }

            run.Output.WriteFacts(
            [
                ("ledger", stats.Path), ("epoch", stats.Epoch),
                .. stats.Rows.Select(kind => ($"{kind.Key} rows", (object?)kind.Value)),
                ("not folded yet", stats.Unfolded), ("users", stats.Users), ("devices", stats.Devices),
                ("conversations", stats.Conversations), ("entries", stats.Entries), ("oldest row", stats.Oldest),
                ("newest row", stats.Newest), ("bytes of the file", stats.FileBytes), ("of them free", stats.FreeBytes),
                ("bytes of the log", stats.LogBytes), ("bytes of bodies", stats.BodyBytes),
                ("removed by retention", stats.Removed), ("bytes removed", stats.RemovedBytes),
                ("bytes per message", stats.BytesPerMessage), ("row of the head file", stats.HeadRow),
            ]);
            return true;
        });
        return verb;
    }

    private static Option<bool> NewForce() => new("--force") { Description = "Take the place of what is there." };
}
