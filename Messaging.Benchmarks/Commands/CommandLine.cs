using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Floor;

namespace Messaging.Benchmarks.Commands;

/// <summary>Finds the command that was asked for and turns how it ended into an exit code.</summary>
internal static class CommandLine
{
    private static readonly ICommand[] Commands = [new ChatCommand(), new FloorCommand()];

    public static async Task<int> RunAsync(string[] words, CancellationToken cancellationToken)
    {
        if (words is [] or ["--help" or "-h" or "help"])
        {
            Console.Out.WriteLine(Overview());
            return words is [] ? ExitCode.Usage : ExitCode.Success;
        }

        if (Commands.FirstOrDefault(c => c.Name == words[0]) is not { } command)
        {
            Console.Error.WriteLine($"There is no command '{words[0]}'.\n\n{Overview()}");
            return ExitCode.Usage;
        }

        if (words[1..].Any(word => word is "--help" or "-h"))
        {
            Console.Out.WriteLine(command.Help);
            return ExitCode.Success;
        }

        try
        {
            return await command.RunAsync(new Arguments(words.AsSpan(1)), cancellationToken);
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine($"{e.Message}\nSee: {command.Name} --help");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    private static string Overview() =>
        "Measures a messaging service, and the floors to compare it with.\n\nCommands (each has --help):\n"
        + string.Join('\n', Commands.Select(c => $"  {c.Name,-8} {c.Summary}"));
}
