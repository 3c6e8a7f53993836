using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Messaging.Service.Operations.Verbs;

/// <summary>The usual help, and behind it what shows how a verb is used.</summary>
internal sealed class VerbHelp(HelpAction usual, IReadOnlyDictionary<Command, string[]> examples) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        if (!examples.TryGetValue(parseResult.CommandResult.Command, out var lines))
            return code;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in lines)
            output.WriteLine($"  {line}");
        output.WriteLine();
        return code;
    }
}
