using System.IO.Compression;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>The packages as somebody else gets them: from a folder, into a project that knows nothing of this one.</summary>
internal sealed class PackageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private readonly string _version = $"0.1.0-test.{Environment.ProcessId}";

    private string Packages => _folder.File("packages");

    [OneTimeTearDown]
    public void End() => _folder.Dispose();

    [OneTimeSetUp]
    public async Task PackAsync()
    {
        foreach (var project in (string[])["Protos", "Messaging.Client", "Messaging.Client.Hosting"])
        {
            await RunAsync(SourceFolder.Path, "pack", project, "--no-build", "-c", Configuration, "-o", Packages,
                $"-p:PackageVersion={_version}", "-v:q", "-nologo");
        }
    }

    [TestCase("Messaging.Protos", "proto/messaging/v1/messaging.proto")]
    [TestCase("Messaging.Protos", "proto/messaging/v1/account.proto")]
    [TestCase("Messaging.Protos", "proto/messaging/v1/history.proto")]
    [TestCase("Messaging.Client", "lib/net10.0/Messaging.Client.xml")]
    [TestCase("Messaging.Client.Hosting", "lib/net10.0/Messaging.Client.Hosting.xml")]
    public void A_package_has_its_page_its_documentation_and_its_symbols(string name, string file)
    {
        using var package = ZipFile.OpenRead(Path.Combine(Packages, $"{name}.{_version}.nupkg"));
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.That(files, Does.Contain("README.md").And.Contain($"lib/net10.0/{name}.dll").And.Contain(file));
        using var symbols = ZipFile.OpenRead(Path.Combine(Packages, $"{name}.{_version}.snupkg"));
        Assert.That(symbols.Entries.Select(entry => entry.FullName), Does.Contain($"lib/net10.0/{name}.pdb"));
    }

    [Test]
    public async Task A_project_of_somebody_else_restores_them_and_exchanges_a_message()
    {
        var consumer = Directory.CreateDirectory(_folder.File("consumer")).FullName;
        await File.WriteAllTextAsync(Path.Combine(consumer, "Consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestorePackagesPath>{_folder.File("restored")}</RestorePackagesPath>
                <RestoreFallbackFolders>{GlobalPackages}</RestoreFallbackFolders>
                <RestoreAdditionalProjectSources>{Packages}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Messaging.Client.Hosting" Version="{_version}" />
              </ItemGroup>
            </Project>
            """);
        File.Copy(
            Path.Combine(SourceFolder.Path, "samples/Messaging.Sample.Hello/Program.cs"), Path.Combine(consumer, "Program.cs"));
        await using var server = await TestServer.StartAsync();

        await RunAsync(consumer, "build", "-v:q", "-nologo");
        var references = await RunAsync(consumer, "msbuild", "-t:ResolveReferences", "-getItem:ReferencePath", "-nologo");
        var output = await RunAsync(consumer, "run", "--no-build", "--", server.Address);

        Assert.That(output, Does.Contain("wrote: hello").And.Contain("read, "));
        Assert.That(references, Does.Contain("Messaging.Client.dll"));
        foreach (var inner in (string[])["Messaging.Protos", "Google.Protobuf", "Grpc.", "Polly."])
            Assert.That(references, Does.Not.Contain($"/{inner}"), "an app compiles against none of it");
    }

    private static string Configuration =>
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    private static string GlobalPackages => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");

    private static async Task<string> RunAsync(string folder, params string[] words)
    {
        var (code, output) = await OtherProgram.RunAsync("dotnet", words, Patience, folder);
        Assert.That(code, Is.Zero, $"dotnet {string.Join(' ', words)}\n{output}");
        return output;
    }
}
