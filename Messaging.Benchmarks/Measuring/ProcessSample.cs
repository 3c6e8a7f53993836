using System.Diagnostics;
using System.Globalization;

namespace Messaging.Benchmarks.Measuring;

/// <summary>What a process has used so far; Linux only.</summary>
internal sealed record ProcessSample(TimeSpan Cpu, long ResidentBytes, long WrittenBytes)
{
    public static ProcessSample Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return new ProcessSample(process.TotalProcessorTime, process.WorkingSet64, ReadWrittenBytes(processId));
    }

    // Counted as pages are dirtied: whole pages, and again for each time that one was on disk in between.
    private static long ReadWrittenBytes(int processId)
    {
        const string field = "write_bytes:";
        var line = File.ReadLines($"/proc/{processId}/io").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(field.Length), CultureInfo.InvariantCulture);
    }
}
