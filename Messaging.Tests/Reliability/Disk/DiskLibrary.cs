using System.Diagnostics;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>Builds <c>disk.c</c> once for the tests of this room.</summary>
[SetUpFixture]
public sealed class DiskLibrary
{
    private static TemporaryFolder? folder;

    /// <summary>The library, to be preloaded.</summary>
    internal static string FilePath =>
        folder?.File("disk.so") ?? throw new InvalidOperationException("The disk library has not been built.");

    [OneTimeSetUp]
    public async Task Build()
    {
        folder = TemporaryFolder.Create();
        var source = folder.File("disk.c");
        await using (var embedded = typeof(DiskLibrary).Assembly.GetManifestResourceStream("disk.c")!)
        await using (var file = File.Create(source))
            await embedded.CopyToAsync(file);

        using var compiler = new Process
        {
            StartInfo = new ProcessStartInfo(
                "gcc", ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", FilePath, source])
            {
                RedirectStandardError = true,
            },
        };
        try
        {
            compiler.Start();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            Assert.Fail($"gcc is needed, which puts a disk that fails under the service: {missing.Message}");
        }

        var errors = compiler.StandardError.ReadToEndAsync();
        await compiler.WaitForExitAsync().InTime("gcc ends");
        Assert.That(compiler.ExitCode, Is.Zero, await errors);
    }

    [OneTimeTearDown]
    public void Remove() => folder?.Dispose();
}
