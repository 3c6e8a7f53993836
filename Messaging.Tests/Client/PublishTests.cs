using System.Diagnostics;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>The sample as a program of its own, without the runtime's compiler.</summary>
internal sealed class PublishTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Test]
    [Explicit("takes minutes, and needs what Native AOT links with")]
    public async Task The_sample_exchanges_a_message_when_it_is_trimmed_and_when_it_is_compiled_ahead()
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("bash", [Path.Combine(SourceFolder.Path, "samples/publish-and-run")])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().InTime("it is published and has run", Patience);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        var said = string.Concat(await output);
        Assert.That(process.ExitCode, Is.Zero, said);
        Assert.That(said, Does.Match("(?s)== aot: .*wrote: hello.*== trimmed: .*wrote: hello"));
    }
}
