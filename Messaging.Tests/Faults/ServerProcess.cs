using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Messaging.Tests.Support;

namespace Messaging.Tests.Faults;

/// <summary>The service as a process of its own, which can be killed and started again on the same ledger and port.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly TemporaryFolder folder = TemporaryFolder.Create();
    private readonly ConcurrentQueue<string> output = new();
    private readonly int port = FreePort();
    private Process? process;

    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    /// <summary>What all its processes have written.</summary>
    public string Output => string.Join('\n', output);

    public async Task StartAsync()
    {
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet")
            {
                ArgumentList =
                {
                    Path.Combine(AppContext.BaseDirectory, "Messaging.Service.dll"),
                    "--urls", Address,
                    $"--Messaging:Ledger:Path={folder.File("ledger.db")}",
                },
                Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Development" },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        var exited = process.WaitForExitAsync();
        if (await Task.WhenAny(listens.Task, exited).InTime($"the server listens:\n{Output}") == exited)
            throw new InvalidOperationException($"The server ended before it listened:\n{Output}");

        void Hear(string? line)
        {
            if (line is null)
                return;
            output.Enqueue(line);
            if (line.StartsWith("Messaging listens on", StringComparison.Ordinal))
                listens.TrySetResult();
        }
    }

    /// <summary>Ends the process as a power cut would, but for what the operating system still writes.</summary>
    public async Task KillAsync()
    {
        if (process is not { } running)
            return;
        running.Kill();
        await running.WaitForExitAsync().InTime("the killed process is gone");
        running.Dispose();
        process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        folder.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
