using System.CommandLine;
using Messaging.Service.Ledger.Sqlite.Verifying;

namespace Messaging.Service.Operations.Verbs;

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
