using System.Globalization;
using System.Reflection;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>The numbered scripts that bring a ledger to this version, embedded as <c>Migrations/NNNN-name.sql</c>.</summary>
internal static class Migrations
{
    private const string Folder = "Messaging.Service.Ledger.Sqlite.Migrations.";

    private static readonly string[] Names =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>How many there are, which is the version they lead to.</summary>
    public static int Count => Names.Length;

    /// <summary>The script that leads from the version before <paramref name="version"/> to it.</summary>
    public static string Script(int version)
    {
        var prefix = Folder + version.ToString("0000", CultureInfo.InvariantCulture);
        var name = Names.Single(name => name.StartsWith(prefix, StringComparison.Ordinal));
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
