using System.CommandLine;
using Messaging.Service.Ledger.Sqlite;

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
