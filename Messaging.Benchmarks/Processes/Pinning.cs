using System.Diagnostics;
using System.Globalization;
using Messaging.Benchmarks.Commands;

namespace Messaging.Benchmarks.Processes;

/// <summary>Gives the server one core and the load another, so that neither takes the other's time.</summary>
internal static class Pinning
{
    private const string Flag = "--pin";
    private const int ServersCore = 0;
    private const int LoadsCore = 1;

    /// <summary>The core for servers that this process starts.</summary>
    public static int? ServerCore(bool isPinned) =>
        !isPinned ? null
        : OwnCore() == ServersCore ? LoadsCore
        : ServersCore;

    /// <summary>Whether this process is to be started anew on its core: threads that run already would stay.</summary>
    public static bool IsDue(IEnumerable<string> words) => words.Contains(Flag) && OwnCore() is null;

    /// <summary>Runs the same command on the load's core, and gives its exit code.</summary>
    public static async Task<int> RunPinnedAsync(IEnumerable<string> words, CancellationToken cancellationToken)
    {
        if (Environment.ProcessorCount < 2)
            throw new UsageException($"{Flag} needs two cores");

        using var process = Process.Start(OwnProgram.Command(words, LoadsCore))!;
        await using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    /// <summary>Has another program run on one core.</summary>
    public static void Pin(ProcessStartInfo start, int core)
    {
        string[] words = ["--cpu-list", $"{core}", start.FileName, .. start.ArgumentList];
        start.FileName = "taskset";
        start.ArgumentList.Clear();
        foreach (var word in words)
            start.ArgumentList.Add(word);
    }

    private static int? OwnCore()
    {
        const string field = "Cpus_allowed_list:";
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return int.TryParse(line.AsSpan(field.Length), CultureInfo.InvariantCulture, out var core) ? core : null;
    }
}
