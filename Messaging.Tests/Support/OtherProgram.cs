using System.Diagnostics;

namespace Messaging.Tests.Support;

/// <summary>Runs another program to its end, and ends it where it takes too long.</summary>
internal static class OtherProgram
{
    /// <returns>Its exit code, and what it has written to both outputs.</returns>
    /// <exception cref="TimeoutException">It took longer than <paramref name="patience"/>.</exception>
    public static async Task<(int Code, string Output)> RunAsync(
        string program, IEnumerable<string> words, TimeSpan patience, string folder = "")
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, words)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().InTime($"{program} {string.Join(' ', words)}", patience);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        return (process.ExitCode, string.Concat(await output));
    }
}
