using System.Diagnostics;
using System.Globalization;

namespace Messaging.Benchmarks.Measuring;

/// <summary>What a process has used so far.</summary>
internal sealed record ProcessSample(TimeSpan Cpu, long ResidentBytes, long WrittenBytes)
{
    public static ProcessSample Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return new ProcessSample(process.TotalProcessorTime, process.WorkingSet64, ReadWrittenBytes(processId));
    }

    // What reached the block layer, not what was asked of the page cache.
    private static long ReadWrittenBytes(int processId)
    {
        const string field = "write_bytes:";
        var line = File.ReadLines($"/proc/{processId}/io").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(field.Length), CultureInfo.InvariantCulture);
    }
}
