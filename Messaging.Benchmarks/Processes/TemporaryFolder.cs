namespace Messaging.Benchmarks.Processes;

/// <summary>A folder of this run, removed at its end with all that is in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <param name="directory">On the disk that is to be measured.</param>
    /// <param name="name">Tells it from others of this process.</param>
    public TemporaryFolder(string directory, string name = "run") =>
        Path = Directory.CreateDirectory(
            System.IO.Path.Combine(directory, $"messaging-benchmarks-{Environment.ProcessId}-{name}")).FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
