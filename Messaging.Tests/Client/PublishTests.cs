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
        var (code, said) = await OtherProgram.RunAsync(
            "bash", [Path.Combine(SourceFolder.Path, "samples/publish-and-run")], Patience);
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Match("(?s)== aot: .*wrote: hello.*== trimmed: .*wrote: hello"));
    }
}
