using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Security;

/// <summary>What is built on is named, with its terms and its hash; what the documents say of tests is so.</summary>
public sealed partial class SupplyChainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([SourceFolder.Path, .. path]));

    [Test]
    public void Every_package_that_is_asked_for_is_named_with_its_licence_and_reason()
    {
        var asked = new[] { "Directory.Packages.props", "Directory.Build.props" }
            .Concat(Directory.EnumerateFiles(SourceFolder.Path, "*.csproj", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(SourceFolder.Path, path)))
            .SelectMany(path => XDocument.Parse(Read(path)).Descendants())
            .Where(element => element.Name.LocalName is "PackageVersion" or "PackageReference")
            .Select(element => (string?)element.Attribute("Include")).OfType<string>().Distinct().ToList();
        var rows = PackageRow().Matches(Read("docs", "security.md")).Select(row => row.Groups[1].Value).ToList();
        Assert.That(asked, Has.Count.GreaterThan(20));
        Assert.That(rows, Is.EquivalentTo(asked), "the table in docs/security.md, \"Supply chain\"");
    }

    [Test]
    public void Every_test_that_the_threat_model_names_is_there()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(SourceFolder.Path, "Messaging.Tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(path => Method().Matches(File.ReadAllText(path)).Select(method => method.Groups[1].Value)).ToHashSet();
        var text = Read("docs", "security.md");
        var model = text[text.IndexOf("\n### Threats\n", StringComparison.Ordinal)..text.IndexOf("\n### What is promised", StringComparison.Ordinal)];
        var named = TestName().Matches(model).Select(name => name.Groups[1].Value).Distinct().ToList();
        Assert.That(named, Has.Count.GreaterThan(20));
        Assert.That(named, Is.SubsetOf(tests));
    }

    /// <summary>The form is that of CycloneDX 1.6, as far as the list goes; its content that of the lock file.</summary>
    [Test]
    [CancelAfter(240_000)]
    public async Task The_list_says_what_the_lock_file_says()
    {
        using var folder = TemporaryFolder.Create();
        var path = folder.File("components.cdx.json");
        var (code, output) = await OtherProgram.RunAsync(
            Path.Combine(SourceFolder.Path, "packaging", "components"), ["--output", path, "--version", "1.2.3"], Patience);
        Assert.That(code, Is.Zero, output);

        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(path));
        var list = document.RootElement;
        Assert.That(list.EnumerateObject().Select(one => one.Name), Is.EqualTo(
            (string[])["$schema", "bomFormat", "specVersion", "version", "metadata", "components", "dependencies"]));
        Assert.That(Text(list, "bomFormat"), Is.EqualTo("CycloneDX"));
        Assert.That(Text(list, "specVersion"), Is.EqualTo("1.6"));
        Assert.That(list.GetProperty("version").GetInt32(), Is.EqualTo(1));
        var service = list.GetProperty("metadata").GetProperty("component");
        Assert.That((Text(service, "type"), Text(service, "version")), Is.EqualTo(("application", "1.2.3")));

        var references = new HashSet<string> { Text(service, "bom-ref") };
        var hashes = new Dictionary<string, string>();
        foreach (var component in list.GetProperty("components").EnumerateArray())
        {
            var name = $"{Text(component, "name")}/{Text(component, "version")}";
            Assert.That(Text(component, "type"), Is.EqualTo("library"), name);
            Assert.That(Text(component, "scope"), Is.AnyOf("required", "excluded"), name);
            Assert.That(Text(component, "purl"), Is.EqualTo($"pkg:nuget/{name.Replace('/', '@')}"));
            Assert.That(references.Add(Text(component, "bom-ref")), Is.True, name);
            var licence = component.GetProperty("licenses").EnumerateArray().Single();
            Assert.That(
                licence.TryGetProperty("expression", out var expression) ? expression.GetString() : Text(licence.GetProperty("license"), "name"),
                Is.Not.Null.And.Not.Empty, name);
            var hash = component.GetProperty("hashes").EnumerateArray().Single();
            Assert.That(Text(hash, "alg"), Is.EqualTo("SHA-512"), name);
            Assert.That(Text(hash, "content"), Does.Match("^[a-f0-9]{128}$"), name);
            hashes[name] = Text(hash, "content");
        }

        var dependencies = list.GetProperty("dependencies").EnumerateArray().ToList();
        Assert.That(dependencies.Select(one => Text(one, "ref")), Is.EquivalentTo(references));
        foreach (var one in dependencies)
            Assert.That(one.GetProperty("dependsOn").EnumerateArray().Select(to => to.GetString()), Is.Unique.And.SubsetOf(references));

        using var locked = JsonDocument.Parse(Read("Messaging.Service", "packages.lock.json"));
        var packages = locked.RootElement.GetProperty("dependencies").GetProperty("net10.0").EnumerateObject()
            .Where(package => Text(package.Value, "type") != "Project").ToList();
        Assert.That(packages, Has.Count.GreaterThan(20));
        foreach (var package in packages)
        {
            Assert.That(hashes.GetValueOrDefault($"{package.Name}/{Text(package.Value, "resolved")}"), Is.EqualTo(
                Convert.ToHexStringLower(Convert.FromBase64String(Text(package.Value, "contentHash")))), package.Name);
        }
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    [GeneratedRegex(@"^\| `([\w.]+)` \| [\w.-]+ \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex PackageRow();

    [GeneratedRegex(@"public (?:async )?(?:void|Task) (\w+)\(")]
    private static partial Regex Method();

    [GeneratedRegex(@"`([A-Z][a-z]*_\w+)`")]
    private static partial Regex TestName();
}
