using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Faults;

/// <summary>
/// The service as a process of its own, which can be killed and started again on the same ledger and port.
/// <c>MESSAGING_SERVICE_DLL</c> names another build of it than the one that is tested.
/// </summary>
/// <param name="settings">Command-line settings, such as <c>--Messaging:Delivery:Window=4</c>.</param>
internal sealed class ServerProcess(params string[] settings) : IAsyncDisposable
{
    private const int Terminate = 15;

    private readonly TemporaryFolder folder = TemporaryFolder.Create();
    private readonly ConcurrentQueue<string> output = new();
    private readonly int port = FreePort();
    private Process? process;

    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    /// <summary>What all its processes have written.</summary>
    public string Output => string.Join('\n', output);

    /// <summary>Variables that its next process gets besides those of this one.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>();

    /// <summary>The ledger's file.</summary>
    public string LedgerPath => folder.File("ledger.db");

    /// <summary>The process that runs, or has ended by itself.</summary>
    public int ProcessId => Started.Id;

    public bool HasEnded => Started.HasExited;

    private Process Started => process ?? throw new InvalidOperationException("The server has not been started.");

    /// <exception cref="InvalidOperationException">It ended before it listened.</exception>
    public async Task StartAsync()
    {
        process?.Dispose();
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet")
            {
                ArgumentList =
                {
                    System.Environment.GetEnvironmentVariable("MESSAGING_SERVICE_DLL")
                        ?? Path.Combine(AppContext.BaseDirectory, "Messaging.Service.dll"),
                    "--urls", Address,
                    $"--Messaging:Ledger:Path={LedgerPath}",
                },
                Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Development" },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        foreach (var setting in settings)
            process.StartInfo.ArgumentList.Add(setting);
        foreach (var (name, value) in Environment)
            process.StartInfo.Environment[name] = value;
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

    /// <summary>Waits until the process has ended by itself; its exit code, 137 where it was killed.</summary>
    public async Task<int> ExitAsync()
    {
        await Started.WaitForExitAsync().InTime($"the server ends:\n{Output}");
        return Started.ExitCode;
    }

    /// <summary>Tells the process to stop, and waits until it has; its exit code.</summary>
    public Task<int> StopAsync()
    {
        Assert.That(Kill(ProcessId, Terminate), Is.Zero, "the signal is sent");
        return ExitAsync();
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

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
