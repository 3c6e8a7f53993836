namespace Messaging.Tests.Reliability.Disk;

/// <summary>
/// A recorded disk, played again change by change: after any of them it can be asked what a power cut there and then
/// would leave.
/// <para>
/// What is assumed of a disk is little. A write is on it once a sync of its file has come back that was begun after the
/// write; before that any part of it may be there, in sectors of 512 bytes, in any order with the others. (Of two
/// writes to one place the older may win only by the newer one being lost: a system holds one copy of a page.) A name
/// in the folder, new or gone, is sure once the folder has been synced; that syncing a new file brings its name along,
/// as ext4 has it, is not assumed. The size of a file belongs to its content. The folder itself is there from the
/// start. Of the shared-memory file nothing is assumed, since SQLite makes it anew.
/// </para>
/// </summary>
internal sealed class CutDisk
{
    private readonly Dictionary<DiskFile, CutFile> current = [];
    private readonly Dictionary<DiskFile, CutFile> named = [];
    private readonly List<(long Number, DiskFile Name, CutFile? File)> pendingNames = [];

    /// <summary>Counts the changes to what is surely there.</summary>
    public int Generation { get; private set; }

    public void Apply(DiskRecord record)
    {
        switch (record.Entry)
        {
            case DiskEntry.Created:
                current[record.File] = new CutFile();
                pendingNames.Add((record.Number, record.File, current[record.File]));
                break;
            case DiskEntry.Unlinked:
                current.Remove(record.File);
                pendingNames.Add((record.Number, record.File, null));
                break;
            case DiskEntry.Written:
                current[record.File].Write(record.Number, record.Offset, record.Bytes);
                break;
            case DiskEntry.Truncated:
                current[record.File].Truncate(record.Number, record.Offset);
                break;
            case DiskEntry.Synced when record.File == DiskFile.Folder:
                SyncNames(record.Offset);
                Generation++;
                break;
            case DiskEntry.Synced:
                current.GetValueOrDefault(record.File)?.Sync(record.Offset);
                Generation++;
                break;
            case DiskEntry.SyncFailed:
                current.GetValueOrDefault(record.File)?.FailSync(record.Offset);
                break;
        }
    }

    /// <summary>The files that a power cut leaves now.</summary>
    public Dictionary<DiskFile, byte[]> Cut(PowerCut model, Random random)
    {
        var names = new Dictionary<DiskFile, CutFile>(named);
        if (model != PowerCut.Bare)
        {
            foreach (var (_, name, file) in pendingNames.Where(_ => random.Next(2) == 0))
                Name(names, name, file);
        }

        return names.ToDictionary(name => name.Key, name => name.Value.Cut(model, random));
    }

    private static void Name(Dictionary<DiskFile, CutFile> names, DiskFile name, CutFile? file)
    {
        if (file is null)
            names.Remove(name);
        else
            names[name] = file;
    }

    private void SyncNames(long begun)
    {
        foreach (var (_, name, file) in pendingNames.Where(change => change.Number < begun))
            Name(named, name, file);
        pendingNames.RemoveAll(change => change.Number < begun);
    }
}
