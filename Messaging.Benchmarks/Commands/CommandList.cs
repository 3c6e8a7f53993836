using System.Net.Sockets;
using Messaging.Benchmarks.Charts;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Clients;
using Messaging.Benchmarks.Comparing;
using Messaging.Benchmarks.Crowd;
using Messaging.Benchmarks.Drain;
using Messaging.Benchmarks.Echo;
using Messaging.Benchmarks.Everything;
using Messaging.Benchmarks.Floor;
using Messaging.Benchmarks.Grow;
using Messaging.Benchmarks.Micro;
using Messaging.Benchmarks.Peers;
using Messaging.Benchmarks.Peers.SignalR;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Reporting;
using Messaging.Benchmarks.Serving;
using Messaging.Benchmarks.Soak;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Commands;

/// <summary>Finds the command that was asked for and turns how it ended into an exit code.</summary>
internal static class CommandList
{
    private static readonly ICommand[] Commands =
    [
        new AllCommand(),
        new ChatCommand(),
        new FloorCommand(),
        new DrainCommand(),
        new IdleCommand(),
        new StormCommand(),
        new SoakCommand(),
        new GrowCommand(),
        new ClientCommand(),
        new PeersCommand(),
        new MicroCommand(),
        new CompareCommand(),
        new ChartCommand(),
        new ServeCommand(ServedKind.Service),
        new ServeCommand(ServedKind.WithoutStore),
        new ServeCommand(ServedKind.Echo),
        new TypedEchoCommand(),
        new SignalRCommand(),
    ];

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
            if (Pinning.IsDue(words))
                return await Pinning.RunPinnedAsync(words, cancellationToken);
            if (command.IsMeasurement && !Machine.AtStart.IsQuiet)
                Console.Error.WriteLine(
                    $"The machine is not quiet: {Machine.AtStart.Load} tasks ran in the last minute.");
            return await command.RunAsync(new Arguments(words.AsSpan(1)), cancellationToken);
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine($"{e.Message}\nSee: {command.Name} --help");
            return ExitCode.Usage;
        }
        catch (Exception e) when (IsFailure(e))
        {
            Console.Error.WriteLine($"FAILED: {e.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    // What a server did or did not do; anything else is a bug of this program and keeps its trace.
    private static bool IsFailure(Exception e) =>
        e is ViolationException or CallEndedException or SocketException or ServerFailedException or TimeoutException;

    private static string Overview() =>
        "Measures a messaging service, and the floors to compare it with.\n\nCommands (each has --help):\n"
        + string.Join('\n', Commands.Where(c => !c.IsHidden).Select(c => $"  {c.Name,-8} {c.Summary}"));
}
