using System.Diagnostics;
using System.Runtime.InteropServices;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Processes;

/// <summary>This program, to be started again as another process.</summary>
internal static class OwnProgram
{
    /// <param name="words">Its command line.</param>
    /// <param name="core">The one core it may run on, if there is one.</param>
    /// <param name="runtimeConfig">Whose runtime settings it runs under; its own if left out.</param>
    public static ProcessStartInfo Command(IEnumerable<string> words, int? core = null, string? runtimeConfig = null)
    {
        string[] config = runtimeConfig is null ? [] : ["--runtimeconfig", InFolder(runtimeConfig)];
        var start = new ProcessStartInfo(
            DotnetPath(), ["exec", .. config, InFolder("Messaging.Benchmarks.dll"), .. words])
        {
            UseShellExecute = false,
        };
        if (core is not null)
            Pinning.Pin(start, core.Value);

        // A server's sockets are not to be those of a load.
        SingleThreadSockets.RemoveFrom(start.Environment);
        return start;
    }

    private static string InFolder(string file) => Path.Combine(AppContext.BaseDirectory, file);

    // Below it, in shared/Microsoft.NETCore.App/VERSION, is the runtime that this process runs on.
    private static string DotnetPath() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
}
