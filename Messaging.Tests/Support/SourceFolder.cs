namespace Messaging.Tests.Support;

/// <summary>Where the project's files lie: found by the solution's file, for a deterministic build keeps no paths.</summary>
internal static class SourceFolder
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Messaging.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the project's folder.");
        return folder.FullName;
    }
}
