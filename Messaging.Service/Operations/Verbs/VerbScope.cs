using System.CommandLine;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Verifying;

namespace Messaging.Service.Operations.Verbs;

/// <summary>What all verbs have: the ledger's place from the settings, the clock, and where to say what came of them.</summary>
/// <param name="Options">The ledger's settings; throws where they are bad.</param>
/// <param name="Output">Where to.</param>
/// <param name="Time">The clock.</param>
/// <param name="Json">The option that asks for JSON.</param>
internal sealed record VerbScope(Func<LedgerOptions> Options, VerbOutput Output, TimeProvider Time, Option<bool> Json)
{
    /// <summary>Makes a verb of its work, which says whether all is well.</summary>
    public void Does(Command verb, Func<VerbRun, bool> work) =>
        verb.SetAction((arguments, cancellationToken) =>
            Task.Run(() => Run(new VerbRun(this, arguments, cancellationToken), work) ? 0 : 1, CancellationToken.None));

    private bool Run(VerbRun run, Func<VerbRun, bool> work)
    {
        try
        {
            return work(run);
        }
        catch (OperationCanceledException)
        {
            return Fail("It was stopped; nothing has changed.");
        }
        catch (Exception exception) when (exception is LedgerUnusableException or IOException or UnauthorizedAccessException)
        {
            return Fail(exception.Message);
        }

        bool Fail(string sentence)
        {
            Output.WriteError(sentence);
            if (run.IsJson)
                Output.WriteJson(new { IsWell = false, Error = sentence });
            return false;
        }
    }
}

/// <summary>One run of a verb.</summary>
/// <param name="Scope">What all verbs have.</param>
/// <param name="Arguments">What it was given.</param>
/// <param name="CancellationToken">Ends it.</param>
internal sealed record VerbRun(VerbScope Scope, ParseResult Arguments, CancellationToken CancellationToken)
{
    public bool IsJson => Arguments.GetValue(Scope.Json);

    public VerbOutput Output => Scope.Output;

    /// <summary>The ledger's file.</summary>
    public string Path => Scope.Options().Path;

    /// <summary>Runs something long.</summary>
    public T Watch<T>(Func<IProgress<VerificationStep>?, T> work) => Output.Watch(IsJson, work);

    /// <summary>Says what came of a verification, and what else there is to say where it is well.</summary>
    /// <returns>Whether it is well.</returns>
    public bool Say(VerificationReport report, string done, params IEnumerable<(string Name, object? Value)> further)
    {
        if (!report.IsWell)
        {
            Output.WriteTable(["where", "row", "what is wrong"], report.Findings.Select(one => new object?[] { one.Table, one.Row, one.Text }));
            Output.WriteError(report.Found > report.Findings.Count
                ? $"{report.Path}: {report.Found} things are wrong; the first {report.Findings.Count} are listed."
                : $"{report.Path}: {report.Found} {(report.Found == 1 ? "thing is" : "things are")} wrong.");
            return false;
        }

        Output.WriteLine(done);
        Output.WriteFacts(
        [
            ("ledger", report.Path), ("epoch", report.Epoch), ("journal rows", report.Rows), ("folded up to", report.Folded),
            .. report.Compared.Select(table => ($"{table.Key} rows", (object?)table.Value)), .. further,
        ]);
        return true;
    }
}
