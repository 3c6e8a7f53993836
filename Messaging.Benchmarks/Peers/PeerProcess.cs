using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Messaging.Benchmarks.Processes;
using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Peers;

/// <summary>Another server as a child of this process; it is killed at the end, with all that it wrote.</summary>
internal sealed class PeerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly Process? _companion;
    private readonly TemporaryFolder _folder;

    private PeerProcess(Process process, Process? companion, TemporaryFolder folder, Uri url) =>
        (_process, _companion, _folder, Url) = (process, companion, folder, url);

    public Uri Url { get; }

    public IServerProbe Probe => new ProcessProbe(_process.Id);

    public static bool IsInstalled(string program) => PathOf(program) is not null;

    public static async Task<PeerProcess> StartAsync(
        IPeer peer, string directory, int? core, CancellationToken cancellationToken)
    {
        var folder = new TemporaryFolder(directory, peer.Name.Replace(' ', '-').Replace(",", ""));
        var port = FreePort();
        var companion = peer.Companion(folder, port) is { } beside ? Start(beside, core) : null;
        var server = new PeerProcess(
            Start(peer.Command(folder, port), core), companion, folder, new Uri($"http://127.0.0.1:{port}"));
        try
        {
            await server.WaitAsync(peer, port, cancellationToken);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        End(_process);
        if (_companion is not null)
            End(_companion);
        _folder.Dispose();
    }

    private static Process Start(ProcessStartInfo start, int? core)
    {
        start.FileName = PathOf(start.FileName) ?? start.FileName;
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError) = (false, true, true);
        if (core is not null)
            Pinning.Pin(start, core.Value);

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static void End(Process process)
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.WaitForExit(Patience);
        process.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string? PathOf(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin".Split(':')
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private async Task WaitAsync(IPeer peer, int port, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException) when (!_process.HasExited && Stopwatch.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
            catch (SocketException e)
            {
                throw new ServerFailedException($"{peer.Name} does not start: {e.Message}");
            }
        }
    }
}
