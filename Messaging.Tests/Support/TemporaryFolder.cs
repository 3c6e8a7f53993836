namespace Messaging.Tests.Support;

/// <summary>A folder of a test's own, gone with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private TemporaryFolder(string path) => Path = path;

    public string Path { get; }

    public static TemporaryFolder Create() => new(Directory.CreateTempSubdirectory("messaging-tests-").FullName);

    /// <summary>In memory, where the system has such a place: for files that need not outlive anything.</summary>
    public static TemporaryFolder CreateInMemory()
    {
        const string shared = "/dev/shm";
        return Directory.Exists(shared)
            ? new(Directory.CreateDirectory(System.IO.Path.Combine(shared, $"messaging-tests-{Guid.NewGuid():N}")).FullName)
            : Create();
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
