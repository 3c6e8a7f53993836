using System.Diagnostics;
using System.Globalization;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>What a process holds at a moment.</summary>
/// <param name="Handles">Files and sockets that are open, but for code that has been loaded.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="MiB">Memory that is resident.</param>
internal sealed record ProcessUse(int Handles, int Threads, int MiB)
{
    public static ProcessUse Of(int id)
    {
        using var process = Process.GetProcessById(id);
        return new ProcessUse(
            Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/fd")).Count(IsOfTheProgram),
            process.Threads.Count, (int)(process.WorkingSet64 >> 20));
    }

    // The runtime loads code when it is first needed, whoever needs it, and keeps it open.
    private static bool IsOfTheProgram(string handle) =>
        new FileInfo(handle).LinkTarget is not { } target || !target.EndsWith(".dll", StringComparison.Ordinal);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Handles} handles, {Threads} threads, {MiB} MiB");
}
