using System.Globalization;

namespace Messaging.Benchmarks.Crowd;

/// <summary>
/// How many connections a process may have: each is a file handle. The server inherits the same limit.
/// </summary>
internal static class FileHandles
{
    // For the ledger, the runtime, and a chat beside.
    private const int Others = 500;

    /// <summary>As many of the devices as the limit allows, and says so where those are fewer.</summary>
    public static int Clamp(int devices, TextWriter output)
    {
        const string field = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(l => l.StartsWith(field, StringComparison.Ordinal));
        var soft = line[field.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        var room = soft == "unlimited" ? devices : long.Parse(soft, CultureInfo.InvariantCulture) - Others;
        if (room >= devices)
            return devices;

        output.WriteLine($"Only {room} devices instead of {devices}: the limit of open files is {soft}.");
        return (int)room;
    }
}
