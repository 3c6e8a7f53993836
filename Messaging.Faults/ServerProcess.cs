using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Messaging.Faults;

/// <summary>The service as a process of its own, which can be killed and started again on the same ledger and port.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Suspend = 19;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("messaging-service-");
    private readonly ConcurrentQueue<string> output = new();
    private readonly int port = FreePort();
    private readonly string[] settings;
    private Process? process;

    /// <param name="settings">Further settings, as on the command line.</param>
    public ServerProcess(params string[] settings) => this.settings = settings;

    /// <summary>The service's assembly; <c>MESSAGING_SERVICE_DLL</c> names another build, to be judged alike.</summary>
    public static string Assembly { get; } = System.Environment.GetEnvironmentVariable("MESSAGING_SERVICE_DLL") is { Length: > 0 } other
        ? other
        : Path.Combine(AppContext.BaseDirectory, "Messaging.Service.dll");

    /// <summary>The ledger's file.</summary>
    public string Ledger => Path.Combine(folder.FullName, "ledger.db");

    /// <summary>Variables for the process, on top of this one's.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>The process as it runs now.</summary>
    public int Id => process?.Id ?? throw new InvalidOperationException("It does not run.");

    /// <summary>Ends with the process that runs now.</summary>
    public Task ExitAsync() => process?.WaitForExitAsync() ?? Task.CompletedTask;

    /// <summary>How the last process ended; null while it runs.</summary>
    public int? ExitCode => process is { HasExited: true } ended ? ended.ExitCode : null;

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
                Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Development" },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        foreach (var argument in (string[])[Assembly, "--urls", Address, $"--Messaging:Ledger:Path={Ledger}", .. settings])
            process.StartInfo.ArgumentList.Add(argument);
        foreach (var (name, value) in Environment)
            process.StartInfo.Environment[name] = value;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        var exited = process.WaitForExitAsync();
        await Task.WhenAny(listens.Task, exited).ComesAsync($"the server listens:\n{Output}");
        if (!listens.Task.IsCompleted)
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

    /// <summary>Tells the process to stop, and waits until it has; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal(Terminate);
        await ExitAsync().ComesAsync("the server stops");
        return ExitCode!.Value;
    }

    /// <summary>Stops the process where it stands, as a machine that sleeps would, until <see cref="Resume"/>.</summary>
    public void Pause() => Signal(Suspend);

    public void Resume() => Signal(Continue);

    /// <summary>Ends the process as a power cut would, but for what the operating system still writes.</summary>
    public async Task KillAsync()
    {
        if (process is not { } running)
            return;
        running.Kill();
        await running.WaitForExitAsync().ComesAsync("the killed process is gone");
        running.Dispose();
        process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        folder.Delete(recursive: true);
    }

    private void Signal(int signal)
    {
        if (Kill(Id, signal) != 0)
            throw new InvalidOperationException("The signal can't be sent.");
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
