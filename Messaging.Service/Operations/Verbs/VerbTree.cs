using System.CommandLine;
using System.CommandLine.Help;
using Messaging.Service.Ledger.Sqlite;

namespace Messaging.Service.Operations.Verbs;

/// <summary>All verbs of the service's executable, and how a command line becomes one of them.</summary>
internal static class VerbTree
{
    private const string Program = "dotnet Messaging.Service.dll";

    /// <param name="words">The verb, its arguments and options.</param>
    /// <param name="options">Reads the ledger's settings.</param>
    /// <param name="output">Where it says what came of it.</param>
    /// <param name="error">Where it says why it failed.</param>
    /// <returns>The process's exit code: 0 only where all is well.</returns>
    public static Task<int> RunAsync(string[] words, Func<LedgerOptions> options, TextWriter output, TextWriter error)
    {
        var json = new Option<bool>("--json") { Description = "Say it as JSON.", Recursive = true };
        var read = new Lazy<LedgerOptions>(options);
        var scope = new VerbScope(() => read.Value, new VerbOutput(output, error), TimeProvider.System, json);
        var root = Build(scope);
        return root.Parse(words).InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
    }

    private static RootCommand Build(VerbScope scope)
    {
        var root = new RootCommand(
            "The messaging service. Without a verb it serves; settings (--Messaging:Ledger:Path FILE and the like, see "
            + "docs/operations.md) may stand anywhere, also with verbs.");
        var ledger = new Command("ledger", "Looks after the ledger, the file that holds everything.");
        var verbs = new Dictionary<Command, string[]>
        {
            [root] = [Program, $"{Program} ledger verify", $"{Program} queue bob phone"],
            [LedgerVerbs.Verify(scope)] =
            [
                $"{Program} ledger verify --Messaging:Ledger:Path /var/lib/messaging/ledger.db",
                $"{Program} ledger verify --json | jq .findings",
                $"{Program} ledger verify --Messaging:Ledger:Path /backup/monday.db     a backup is a ledger too",
            ],
            [LedgerVerbs.Backup(scope)] =
            [
                $"{Program} ledger backup /backup/monday.db", $"{Program} ledger backup /backup/latest.db --force",
            ],
            [LedgerVerbs.Restore(scope)] =
            [
                $"{Program} ledger restore /backup/monday.db              where the ledger is lost",
                $"{Program} ledger restore /backup/monday.db --force      in place of the one that is there",
            ],
            [LedgerVerbs.Accept(scope)] = [$"{Program} ledger accept"],
            [LedgerVerbs.Stats(scope)] = [$"{Program} ledger stats", $"{Program} ledger stats --json | jq .bytesPerMessage"],
            [LedgerVerbs.Compact(scope)] = [$"{Program} ledger compact"],
            [HealthVerb.Create(scope)] = [$"{Program} health", $"{Program} health https://messaging.example.org:5443 --seconds 2"],
            [QueueVerbs.Devices(scope)] = [$"{Program} devices bob"],
            [QueueVerbs.Queue(scope)] = [$"{Program} queue bob phone", $"{Program} queue bob phone --most 1000 --json"],
        };
        foreach (var verb in verbs.Keys.Where(verb => verb != root))
            (verb.Name is "devices" or "queue" or "health" ? root : ledger).Add(verb);
        verbs[ledger] = [$"{Program} ledger verify", $"{Program} ledger backup /backup/monday.db"];
        root.Add(ledger);
        root.Add(scope.Json);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new VerbHelp((HelpAction)help.Action!, verbs);
        return root;
    }
}
