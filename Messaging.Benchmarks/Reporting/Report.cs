namespace Messaging.Benchmarks.Reporting;

/// <summary>What one command measured, under which settings, and the goals that it can speak to.</summary>
internal sealed record Report(
    string Command,
    IReadOnlyDictionary<string, string> Settings,
    IReadOnlyList<Figure> Figures,
    IReadOnlyList<Goal> Goals)
{
    /// <summary>Tells this report from others of the same command.</summary>
    public string Key => $"{Command} {string.Join(' ', Settings.Select(setting => $"{setting.Key}={setting.Value}"))}";
}
