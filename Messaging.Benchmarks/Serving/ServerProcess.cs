using System.Diagnostics;
using System.Text.Json;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Processes;

namespace Messaging.Benchmarks.Serving;

/// <summary>A server started for this run, under the service's own runtime settings. Not for concurrent use.</summary>
internal sealed class ServerProcess : IServerProbe, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly Uri AnyPort = new("http://127.0.0.1:0");

    private readonly Process _process;
    private readonly Task _logging;

    private ServerProcess(Process process, string log)
    {
        _process = process;
        _logging = LogAsync(process.StandardError, log);
    }

    public Uri Url { get; private set; } = null!;

    /// <summary>From the start of the process to the first connection it would take.</summary>
    public TimeSpan StartTime { get; private set; }

    public int ProcessId => _process.Id;

    /// <param name="kind">What it serves.</param>
    /// <param name="folder">Holds its ledger, unless <paramref name="ledger"/> says another, and its log.</param>
    /// <param name="core">The one core it may run on, if there is one.</param>
    /// <param name="ledger">The ledger's file.</param>
    /// <param name="url">Where it listens; on a port of its own if left out.</param>
    /// <exception cref="ServerFailedException">It does not start; with what it said.</exception>
    public static async Task<ServerProcess> StartAsync(
        ServedKind kind, TemporaryFolder folder, int? core, string? ledger = null, Uri? url = null)
    {
        var name = ServeCommand.NameOf(kind);
        var start = OwnProgram.Command(
            [name, "--ledger", ledger ?? folder.File("ledger.db"), "--urls", $"{url ?? AnyPort}"], core,
            "Messaging.Service.runtimeconfig.json");
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        var log = folder.File($"{name}-{Path.GetFileNameWithoutExtension(ledger)}.log");
        var started = Stopwatch.GetTimestamp();
        var server = new ServerProcess(Process.Start(start)!, log);
        try
        {
            var served = await server.ReadAsync(ServingJson.Default.Served);
            (server.Url, server.StartTime) = (served.Url, Stopwatch.GetElapsedTime(started));
            return server;
        }
        catch (ServerFailedException)
        {
            await server.DisposeAsync();
            throw new ServerFailedException($"{name} does not start: {File.ReadAllText(log)}");
        }
    }

    public async Task<ServerSample> SampleAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
        var runtime = await ReadAsync(ServingJson.Default.RuntimeSample);
        return new ServerSample(ProcessSample.Of(ProcessId), runtime);
    }

    /// <summary>Ends it as on a shut-down; where it does not end, it is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        await _logging;
        _process.Dispose();
    }

    private async Task<T> ReadAsync<T>(System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return await _process.StandardOutput.ReadLineAsync(patience.Token) is { } line
                ? JsonSerializer.Deserialize(line, type)!
                : throw new ServerFailedException("the server has ended");
        }
        catch (OperationCanceledException)
        {
            throw new ServerFailedException("the server says nothing");
        }
    }

    private static async Task LogAsync(StreamReader error, string path)
    {
        await using var log = File.Create(path);
        await error.BaseStream.CopyToAsync(log);
    }
}
