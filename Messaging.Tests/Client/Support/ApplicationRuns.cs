using System.Diagnostics;
using System.Globalization;
using Messaging.Tests.Support;

namespace Messaging.Tests.Client.Support;

/// <summary>The processes of one <see cref="ChildApplication"/>, one after the other, looked at from outside.</summary>
/// <param name="path">The store's file.</param>
/// <param name="outgoing">How many messages it sends, in all.</param>
/// <param name="incoming">How many it waits for.</param>
internal sealed class ApplicationRuns(string path, int outgoing, int incoming)
{
    private readonly List<string> _output = [];

    /// <summary>How many messages it has handed over.</summary>
    public int Sent
    {
        get
        {
            lock (_output)
            {
                return _output.Where(l => l.StartsWith("sent ", StringComparison.Ordinal))
                    .Select(l => int.Parse(l["sent ".Length..], CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
            }
        }
    }

    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    /// <summary>The next process, which goes on where the last one was.</summary>
    public Process Begin(string address)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet")
            {
                ArgumentList =
                {
                    typeof(ChildApplication).Assembly.Location, "application", address, path, $"{outgoing}", $"{incoming}",
                },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>What the application has kept of what came, in its order. Read while no process runs.</summary>
    public List<string> Seen()
    {
        using var connection = LedgerEdit.Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM seen ORDER BY number";
        using var row = command.ExecuteReader();
        var seen = new List<string>();
        while (row.Read())
            seen.Add(row.GetString(0));
        return seen;
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.Add(line);
    }
}
