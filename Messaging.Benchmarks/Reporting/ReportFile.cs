using System.Text.Json;
using Messaging.Benchmarks.Commands;

namespace Messaging.Benchmarks.Reporting;

/// <summary>What `--json` writes, and `compare` and `chart` read.</summary>
internal sealed record ReportFile(Machine Machine, DateTimeOffset Date, IReadOnlyList<Report> Reports)
{
    public static ReportFile Of(IReadOnlyList<Report> reports) =>
        new(Machine.AtStart, TimeProvider.System.GetUtcNow(), reports);

    /// <exception cref="UsageException">It is no such file.</exception>
    public static async Task<ReportFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            var type = ReportJson.Default.ReportFile;
            return await JsonSerializer.DeserializeAsync(stream, type, cancellationToken)
                ?? throw new UsageException($"{path} says nothing");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException($"{path} cannot be read: {e.Message}");
        }
    }

    /// <param name="path">A file, or - for standard output.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = path == "-" ? Console.OpenStandardOutput() : File.Create(path);
        await JsonSerializer.SerializeAsync(stream, this, ReportJson.Default.ReportFile, cancellationToken);
    }
}
