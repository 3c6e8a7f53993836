using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Hosting;

/// <summary>What <c>Type=notify</c> in packaging/messaging.service relies on; systemd itself is played by a socket.</summary>
[CancelAfter(60_000)]
public sealed class SystemdTests
{
    [Test]
    public async Task Systemd_is_told_when_the_service_is_ready_and_when_it_stops()
    {
        using var folder = TemporaryFolder.Create();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder.File("notify")));

        // The runtime takes itself for a service of systemd's where its parent's name is that: here a shell's.
        File.Copy("/bin/sh", folder.File("systemd"));
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(
                folder.File("systemd"),
                [
                    "-c", "dotnet \"$@\" & child=$!; trap 'kill -TERM $child' TERM; wait $child; wait $child", "sh",
                    ServerProcess.Assembly, "--urls", "http://127.0.0.1:0", $"--Messaging:Ledger:Path={folder.File("ledger.db")}",
                ])
            {
                Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["NOTIFY_SOCKET"] = folder.File("notify") },
                RedirectStandardOutput = true,
            },
        };
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync();
        try
        {
            Assert.That(await HearAsync(), Does.Contain("READY=1"));
            using var terminate = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            Assert.That(await HearAsync(), Does.Contain("STOPPING=1"));
            await process.WaitForExitAsync().InTime("the service ends");
            Assert.That(process.ExitCode, Is.Zero);
            Assert.That(await output, Does.Contain("The version is "));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        async Task<string> HearAsync()
        {
            var buffer = new byte[1024];
            var length = await socket.ReceiveAsync(buffer).InTime("the service speaks to systemd");
            return Encoding.UTF8.GetString(buffer, 0, length);
        }
    }
}
