using System.Diagnostics;
using Messaging.Benchmarks.Serving;

namespace Messaging.Benchmarks.Processes;

/// <summary>Runs a process to its end.</summary>
internal static class ChildProcess
{
    /// <summary>What it wrote to standard output; its errors go where ours go.</summary>
    /// <exception cref="ServerFailedException">It ended with another exit code than 0.</exception>
    public static async Task<string> ReadOutputAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        await using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode == 0
            ? output
            : throw new ServerFailedException($"{string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}");
    }
}
