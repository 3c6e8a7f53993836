using System.Runtime.InteropServices;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>Files that are to outlive a power cut under the names they are given.</summary>
internal static class DurableFiles
{
    private const int ReadOnly = 0;

    // Some file systems can't sync a folder: there the name is as sure as they make it.
    private const int Invalid = 22;

    /// <summary>Writes a file so that under its name stands all of it or what stood there before.</summary>
    /// <exception cref="IOException">It could not be written or synced; nothing stands there that did not before.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var draft = path + ".new";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        Rename(draft, path);
    }

    /// <summary>Syncs what was written to a file by whoever wrote it.</summary>
    public static void Sync(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Gives a synced file its final name, in place of what has it, and makes that name durable.</summary>
    public static void Rename(string path, string final)
    {
        File.Move(path, final, overwrite: true);
        SyncFolderOf(final);
    }

    private static void SyncFolderOf(string path)
    {
        if (OperatingSystem.IsWindows())
            return; // a rename is in the file system's own journal

        // .NET opens no folders.
        var folder = Open(Path.GetDirectoryName(Path.GetFullPath(path))!, ReadOnly);
        if (folder < 0)
            throw new IOException($"The folder of {path} can't be opened: error {Marshal.GetLastPInvokeError()}.");
        try
        {
            if (Sync(folder) != 0 && Marshal.GetLastPInvokeError() is var error and not Invalid)
                throw new IOException($"The folder of {path} can't be synced: error {error}.");
        }
        finally
        {
            _ = Close(folder);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);
}
