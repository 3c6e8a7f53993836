namespace Messaging.Service.Hosting;

/// <summary>
/// Refuses a section under <c>Messaging</c> that is none of ours: a misspelt one would leave the defaults in force where
/// the operator set something else. What is within a section, the section itself checks.
/// </summary>
internal static class KnownSettings
{
    private static readonly string[] Sections =
        [
            "Account", "Authentication", "Connections", "Delivery", "History", "Ledger", "Limits", "Retention", "Streams", "Telemetry",
        ];

    /// <exception cref="StartupException">One is not known, or is a value.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var setting in configuration.GetSection("Messaging").GetChildren())
        {
            if (setting.Value is not null || !Sections.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
                throw new StartupException($"{setting.Path} is not a setting.");
        }
    }
}
