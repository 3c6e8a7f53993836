using System.Globalization;
using System.Runtime.InteropServices;

namespace Messaging.Benchmarks.Reporting;

/// <summary>Where the figures come from, and how busy it was in the minute before; Linux.</summary>
internal sealed record Machine(string Cpu, int Cores, int MemoryGibibytes, string System, string Runtime, double Load)
{
    /// <summary>As it was before this program began to load it.</summary>
    public static Machine AtStart { get; } = Here();

    /// <summary>Ratios within a run still tell something then; figures do not.</summary>
    public bool IsQuiet => Load < 0.5;

    private static Machine Here()
    {
        var cpus = File.ReadLines("/proc/cpuinfo").ToArray();
        var memory = File.ReadLines("/proc/meminfo").First(
            line => line.StartsWith("MemTotal:", StringComparison.Ordinal));
        var kibibytes = long.Parse(
            memory.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return new Machine(
            Value(cpus.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))),
            cpus.Count(line => line.StartsWith("processor", StringComparison.Ordinal)),
            (int)Math.Round(kibibytes / 1048576.0),
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            LoadNow());
    }

    private static double LoadNow() =>
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    private static string Value(string? line) =>
        line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unknown";
}
