using System.Collections.Concurrent;
using System.Diagnostics;
using Messaging.Tests.Support;

namespace Messaging.Tests.Samples;

/// <summary>The chat as a process of its own, with a pipe at either end.</summary>
internal sealed class ChatProcess : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _lines = [];
    private readonly Process _process;

    public ChatProcess(params string[] arguments)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet")
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        _process.StartInfo.ArgumentList.Add(Assembly());
        foreach (var argument in arguments)
            _process.StartInfo.ArgumentList.Add(argument);
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Everything that it has written.</summary>
    public string Output => string.Join('\n', _lines);

    public bool HasWritten(string line) => _lines.Contains(line);

    /// <summary>Returns once it has written the line.</summary>
    public async Task WritesAsync(string line)
    {
        try
        {
            await Wait.Eventually(line, () => HasWritten(line));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Never written: {line}\nbut:\n{Output}");
        }
    }

    public async Task EnterAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until it has ended by itself; its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().InTime($"the chat ends:\n{Output}");
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync().InTime("the chat is gone");
        _process.Dispose();
    }

    // Built as these tests are: bin/Debug/net10.0, say.
    private static string Assembly()
    {
        var tests = Path.Combine(SourceFolder.Path, "Messaging.Tests");
        var built = Path.GetRelativePath(tests, AppContext.BaseDirectory);
        return Path.Combine(SourceFolder.Path, "samples/Messaging.Sample.Chat", built, "Messaging.Sample.Chat.dll");
    }

    private void Hear(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
