using System.Diagnostics;
using System.Globalization;
using Messaging.Benchmarks.Measuring;
using Messaging.Faults;

namespace Messaging.Benchmarks.Soak;

/// <summary>Looks at service, clients and files in turn. One owner.</summary>
internal sealed class SoakSampler(ServerProcess service, Uri metrics, SoakFigures figures) : IDisposable
{
    private const double Mebibyte = 1 << 20;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly List<SoakSample> _samples = [];
    private TimeSpan _last;

    public IReadOnlyList<SoakSample> Samples => _samples;

    public async Task<SoakSample> TakeAsync()
    {
        var lines = await MetricsAsync();
        var now = Stopwatch.GetElapsedTime(_startedAt);
        var (accepted, received) = figures.TakeInterval();
        var sample = new SoakSample(
            now.TotalSeconds, Resident(), Sum(lines, "dotnet_gc_last_collection_heap_size_bytes") / Mebibyte,
            Environment.WorkingSet / Mebibyte, GC.GetTotalMemory(forceFullCollection: false) / Mebibyte,
            Size(service.Ledger), Size(service.Ledger + "-wal"), Sum(lines, "messaging_server_streams"),
            accepted.Count / (now - _last).TotalSeconds, Quantiles.Of(accepted), Quantiles.Of(received));
        _last = now;
        _samples.Add(sample);
        return sample;
    }

    public void Dispose() => _http.Dispose();

    private async Task<string[]> MetricsAsync()
    {
        try
        {
            return (await _http.GetStringAsync(metrics)).Split('\n');
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return [];
        }
    }

    // A line is name{labels} value.
    private static double Sum(string[] lines, string metric) => lines
        .Where(line => line.StartsWith(metric, StringComparison.Ordinal) 
            && line.AsSpan(metric.Length) is ['{' or ' ', ..])
        .Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));

    private double Resident()
    {
        try
        {
            return ProcessSample.Of(service.Id).ResidentBytes / Mebibyte;
        }
        catch (Exception gone) when (gone is InvalidOperationException or ArgumentException or IOException)
        {
            return 0;
        }
    }

    private static double Size(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length / Mebibyte : 0;
    }
}
