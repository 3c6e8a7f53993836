#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

const string usage = """
    packaging/components: lists what the released service is made of, as CycloneDX 1.6 (JSON).

      packaging/components [--output FILE] [--version VERSION]

      --output FILE      where to; artifacts/components.cdx.json unless told otherwise
      --version VERSION  the service's; that of Directory.Build.props unless told otherwise

    Names, versions and hashes are those of the last restore of Messaging.Service (obj/project.assets.json), which the lock
    file holds to what was reviewed; licences are those that the packages name. After a restore with -p:SelfContained=true,
    as packaging/publish does it, the .NET runtime is among them. The same restore gives the same bytes.
    """;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(usage);
    return 0;
}

var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName((string)AppContext.GetData("EntryPointFilePath")!)!, ".."));
var output = Path.Combine(root, "artifacts", "components.cdx.json");
var version = XDocument.Load(Path.Combine(root, "Directory.Build.props")).Descendants("Version").Single().Value;
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || args[i] is not ("--output" or "--version"))
    {
        Console.Error.WriteLine($"{args[i]} is not known, or wants a value; see --help");
        return 2;
    }

    if (args[i] == "--output")
        output = Path.GetFullPath(args[i + 1]);
    else
        version = args[i + 1];
}

var assetsPath = Path.Combine(root, "Messaging.Service", "obj", "project.assets.json");
if (!File.Exists(assetsPath))
{
    Console.Error.WriteLine("Messaging.Service has not been restored: dotnet restore Messaging.Service --locked-mode");
    return 1;
}

var assets = JsonNode.Parse(File.ReadAllText(assetsPath))!;
var folders = assets["packageFolders"]!.AsObject().Select(folder => folder.Key).ToList();
var service = $"pkg:generic/messaging-service@{version}";
var components = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
var dependencies = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal) { [service] = [] };

// What the platforms need can differ: a package counts where one of them has it, as shipped where one takes files of it.
var targets = assets["targets"]!.AsObject().Where(target => target.Key.Contains('/')).Select(target => target.Value!.AsObject()).ToList();
foreach (var (key, library) in assets["libraries"]!.AsObject())
{
    if ((string)library!["type"]! != "package")
        continue;
    var (id, number) = Parts(key);
    var isShipped = targets.Exists(target => target[key] is { } of && (IsTaken(of["runtime"]) || IsTaken(of["native"])));
    Add(id, number, (string)library["sha512"]!, (string)library["path"]!, isShipped);
    dependencies[Reference(id, number)] =
    [
        .. targets.SelectMany(target => target[key]?["dependencies"]?.AsObject() ?? [])
            .Select(dependency => ReferenceOf(dependency.Key)).OfType<string>(),
    ];
}

// What the project asks for itself, directly or through a project of ours.
foreach (var target in targets)
{
    foreach (var project in target.Where(library => (string)library.Value!["type"]! == "project"))
        dependencies[service].UnionWith((project.Value!["dependencies"]?.AsObject() ?? []).Select(one => ReferenceOf(one.Key)).OfType<string>());
}

foreach (var framework in assets["project"]!["frameworks"]!.AsObject())
{
    dependencies[service].UnionWith((framework.Value!["dependencies"]?.AsObject() ?? []).Select(one => ReferenceOf(one.Key)).OfType<string>());
    foreach (var pack in framework.Value["downloadDependencies"]?.AsArray() ?? [])
    {
        var (id, number) = ((string)pack!["name"]!, ((string)pack["version"]!).Trim('[', ']').Split(',')[0]);
        if (!id.Contains(".App.Runtime.", StringComparison.Ordinal) && !id.Contains(".App.Host.", StringComparison.Ordinal))
            continue;
        var path = $"{id.ToLowerInvariant()}/{number}";
        var metadata = JsonNode.Parse(File.ReadAllText(InPackages(Path.Combine(path, ".nupkg.metadata"))))!;
        Add(id, number, (string)metadata["contentHash"]!, path, isShipped: true);
        dependencies[service].Add(Reference(id, number));
        dependencies[Reference(id, number)] = [];
    }
}

var list = new JsonObject
{
    ["$schema"] = "http://cyclonedx.org/schema/bom-1.6.schema.json",
    ["bomFormat"] = "CycloneDX",
    ["specVersion"] = "1.6",
    ["version"] = 1,
    ["metadata"] = new JsonObject
    {
        ["component"] = new JsonObject
        {
            ["type"] = "application", ["bom-ref"] = service, ["name"] = "Messaging.Service", ["version"] = version, ["purl"] = service,
        },
    },
    ["components"] = new JsonArray([.. components.Values]),
    ["dependencies"] = new JsonArray(
        [.. dependencies.Select(one => new JsonObject { ["ref"] = one.Key, ["dependsOn"] = new JsonArray([.. one.Value.Select(to => (JsonNode)to)]) })]),
};
Directory.CreateDirectory(Path.GetDirectoryName(output)!);
using (var file = File.Create(output))
using (var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true }))
    list.WriteTo(writer);
Console.WriteLine($"{output}: {components.Count} components");
return 0;

void Add(string id, string number, string hash, string path, bool isShipped) => components[Reference(id, number)] = new JsonObject
{
    ["type"] = "library",
    ["bom-ref"] = Reference(id, number),
    ["name"] = id,
    ["version"] = number,
    ["scope"] = isShipped ? "required" : "excluded",
    ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(hash)) }),
    ["licenses"] = new JsonArray(LicenceOf(id, path)),
    ["purl"] = Reference(id, number),
};

JsonObject LicenceOf(string id, string path)
{
    var metadata = XDocument.Load(InPackages(Path.Combine(path, $"{id.ToLowerInvariant()}.nuspec"))).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    string? Value(string name) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value.Trim();
    var isExpression = (string?)metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "license")?.Attribute("type") == "expression";
    if (isExpression)
        return new JsonObject { ["expression"] = Value("license") };

    // A file within the package, or an address, as older packages name it.
    var licence = new JsonObject { ["name"] = Value("license") ?? "see the address" };
    if (Value("licenseUrl") is { Length: > 0 } address)
        licence["url"] = address;
    return new JsonObject { ["license"] = licence };
}

string? ReferenceOf(string id) =>
    assets["libraries"]!.AsObject().Where(library => (string)library.Value!["type"]! == "package")
        .Select(library => Parts(library.Key)).Where(parts => string.Equals(parts.Id, id, StringComparison.OrdinalIgnoreCase))
        .Select(parts => Reference(parts.Id, parts.Number)).SingleOrDefault();

string InPackages(string path) => folders.Select(folder => Path.Combine(folder, path)).First(File.Exists);

static bool IsTaken(JsonNode? files) => files?.AsObject().Any(file => !file.Key.EndsWith("/_._", StringComparison.Ordinal)) ?? false;

static (string Id, string Number) Parts(string key) => (key[..key.IndexOf('/')], key[(key.IndexOf('/') + 1)..]);

static string Reference(string id, string number) => $"pkg:nuget/{id}@{number}";
