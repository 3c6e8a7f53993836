using System.Diagnostics;
using System.Globalization;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>What a process holds at a moment.</summary>
/// <param name="Handles">Files and sockets that are open.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="MiB">Memory that is resident.</param>
internal sealed record ProcessUse(int Handles, int Threads, int MiB)
{
    public static ProcessUse Of(int id)
    {
        using var process = Process.GetProcessById(id);
        return new ProcessUse(
            Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/fd")).Length,
            process.Threads.Count, (int)(process.WorkingSet64 >> 20));
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Handles} handles, {Threads} threads, {MiB} MiB");
}
