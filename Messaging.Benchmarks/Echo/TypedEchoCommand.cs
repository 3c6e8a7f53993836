using System.Text.Json;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Processes;

namespace Messaging.Benchmarks.Echo;

/// <summary>The typed client in a process of its own: it needs the thread pool that other loads do without.</summary>
internal sealed class TypedEchoCommand : ICommand
{
    public string Name => "echo-load";

    public string Summary => "echoes through the generated client";

    public bool IsHidden => true;

    public string Help => """
        echo-load: started by the other commands; writes its result as one line of JSON.

          --url URL, --calls N, --in-flight N, --payload BYTES, --milliseconds N, --warmup N (milliseconds)
        """;

    /// <summary>Runs it as a child process; on the core of this one, where this one has but one.</summary>
    public static async Task<EchoResult> RunElsewhereAsync(EchoOptions options, CancellationToken cancellationToken)
    {
        string[] words =
        [
            "echo-load", "--url", $"{options.Url}", "--calls", $"{options.Calls}", "--in-flight", $"{options.InFlight}",
            "--payload", $"{options.Payload}", "--milliseconds", $"{(int)options.Length.TotalMilliseconds}",
            "--warmup", $"{(int)options.Warmup.TotalMilliseconds}",
        ];
        var output = await ChildProcess.ReadOutputAsync(OwnProgram.Command(words), cancellationToken);
        return JsonSerializer.Deserialize(output, EchoJson.Default.EchoResult)!;
    }

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        const int day = 86_400_000;
        var options = new EchoOptions(
            arguments.TakeUrl("--url", "http://127.0.0.1:5080"),
            arguments.TakeNumber("--calls", 16, 1, 10_000),
            arguments.TakeNumber("--in-flight", 64, 1, 4_000),
            arguments.TakeNumber("--payload", 256, 0, 256 * 1024),
            TimeSpan.FromMilliseconds(arguments.TakeNumber("--milliseconds", 5_000, 1, day)),
            TimeSpan.FromMilliseconds(arguments.TakeNumber("--warmup", 1_000, 0, day)));
        arguments.RefuseOthers();

        var result = await new TypedEcho(options).RunAsync(cancellationToken);
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result, EchoJson.Default.EchoResult));
        return ExitCode.Success;
    }
}
