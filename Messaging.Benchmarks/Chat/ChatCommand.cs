using System.Net.Sockets;
using System.Text.Json;
using Messaging.Benchmarks.Commands;
using Messaging.Benchmarks.Http2;
using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Chat;

/// <summary>Round trips between pairs of devices.</summary>
internal sealed class ChatCommand : ICommand
{
    public string Name => "chat";

    public string Summary => "round trips per second and latencies between pairs of devices";

    public string Help => """
        chat: pairs of devices, one writing to the other, a fixed number of messages in flight.

        A round trip: the sender's message is stored and answered and pushed to the receiver, the receiver
        acknowledges it with a frame of its own, and the `received` receipt is back at the sender. Every
        device has its own connection and Sync stream. What the server promises is checked on the way:
        offsets without holes, every answer `true`, watermarks that never move back, every message that
        was accepted received, once and in order. The first violation ends the run with exit code 1.

          --url URL          the service, HTTP/2 in clear text, in development mode   (http://127.0.0.1:5080)
          --pairs N          pairs of connections                                     (16)
          --in-flight N      messages a sender has on their way                       (64)
          --payload BYTES    payload of each                                          (256)
          --seconds N        measured time of a repetition                            (10)
          --warmup N         seconds before it, not counted (JIT, caches)             (3)
          --repeat N         repetitions, each with fresh users and connections       (3)
          --patience N       seconds without a round trip that end the run            (30)
          --server-pid PID   reports what that process used, from /proc
          --json FILE        writes the figures too; - for standard output

        Figures of each repetition, then median [min–max]. Latencies in milliseconds, from the moment before
        the write: `accepted` to the durable answer, `tick` to the receipt. CPU is of one core; where the
        client's is near 100 % it measured itself. It runs on one thread; give each side a core of its own:

          taskset -c 0 dotnet Messaging.Service.dll & taskset -c 1 dotnet Messaging.Benchmarks.dll chat --server-pid $!
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var options = Parse(arguments);
        SingleThreadSockets.Enable();
        var run = new ChatRun(options, Console.Error);
        var results = new List<ChatResult>();
        try
        {
            for (var i = 1; i <= options.Repeat; i++)
            {
                await Console.Error.WriteLineAsync($"repetition {i} of {options.Repeat}");
                results.Add(await run.RunAsync(cancellationToken));
            }
        }
        catch (Exception e) when (e is ViolationException or CallEndedException or SocketException)
        {
            await Console.Error.WriteLineAsync($"FAILED: {e.Message}");
            return ExitCode.Failed;
        }

        var report = new ChatReport(options, results);
        report.WriteTable(options.JsonFile == "-" ? Console.Error : Console.Out);
        await WriteJsonAsync(options.JsonFile, report, cancellationToken);
        return ExitCode.Success;
    }

    private static ChatOptions Parse(Arguments arguments)
    {
        var options = new ChatOptions
        {
            Url = arguments.TakeUrl("--url", "http://127.0.0.1:5080"),
            Pairs = arguments.TakeNumber("--pairs", 16, 1, 10_000),
            InFlight = arguments.TakeNumber("--in-flight", 64, 1, 4_000),
            Payload = arguments.TakeNumber("--payload", 256, 0, 256 * 1024),
            Length = arguments.TakeSeconds("--seconds", 10, 1),
            Warmup = arguments.TakeSeconds("--warmup", 3, 0),
            Repeat = arguments.TakeNumber("--repeat", 3, 1, 1_000),
            Patience = arguments.TakeSeconds("--patience", 30, 1),
            ServerProcessId = arguments.TakeOptionalNumber("--server-pid", 1, int.MaxValue),
            JsonFile = arguments.TakeText("--json"),
        };
        arguments.RefuseOthers();
        if (options.ServerProcessId is { } id)
            RequireReadable(id);
        return options;
    }

    private static void RequireReadable(int processId)
    {
        try
        {
            ProcessSample.Of(processId);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--server-pid {processId} cannot be read: {e.Message}");
        }
    }

    private static async Task WriteJsonAsync(string? file, ChatReport report, CancellationToken cancellationToken)
    {
        if (file is null)
            return;

        await using var stream = file == "-" ? Console.OpenStandardOutput() : File.Create(file);
        var type = ChatJson.Default.ChatDocument;
        await JsonSerializer.SerializeAsync(stream, report.ToDocument(), type, cancellationToken);
    }
}
