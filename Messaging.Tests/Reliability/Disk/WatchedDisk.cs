using System.IO.MemoryMappedFiles;
using Messaging.Tests.Support;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>
/// The disk under a service process, seen from the tests: how many changes it has taken, and the fault it is to have.
/// The words of the control file are those of <c>struct control</c> in <c>disk.c</c>. Safe for concurrent use.
/// </summary>
internal sealed class WatchedDisk : IDisposable
{
    private const int Size = 4096;

    private readonly TemporaryFolder folder = TemporaryFolder.Create();
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly bool isRecorded;

    /// <param name="isRecorded">Whether every change is written down, to be played again.</param>
    public WatchedDisk(bool isRecorded)
    {
        this.isRecorded = isRecorded;
        file = MemoryMappedFile.CreateFromFile(folder.File("control"), FileMode.CreateNew, mapName: null, Size);
        view = file.CreateViewAccessor();
    }

    private enum Word
    {
        Operations,
        SyncDelay,
        Kinds,
        Files,
        First,
        Times,
        Action,
        Error,
        Seen,
        Struck,
        Retried,
        Loaded,
    }

    public string LogPath => folder.File("log");

    /// <summary>How many changes there have been, each counted once its call has returned.</summary>
    public long Operations => Read(Word.Operations);

    /// <summary>How many calls the fault has met and spared or struck.</summary>
    public long Seen => Read(Word.Seen);

    /// <summary>How many calls the fault has struck.</summary>
    public long Struck => Read(Word.Struck);

    /// <summary>How many syncs were tried on a descriptor whose sync had failed.</summary>
    public long Retried => Read(Word.Retried);

    /// <summary>How many processes it has stood under.</summary>
    public long Loaded => Read(Word.Loaded);

    /// <summary>How long every sync takes in addition.</summary>
    public TimeSpan SyncDelay
    {
        set => Write(Word.SyncDelay, (long)value.TotalMicroseconds);
    }

    /// <summary>The environment of a process that is to stand on this disk.</summary>
    public Dictionary<string, string> Environment(string ledgerPath)
    {
        var environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = DiskLibrary.FilePath,
            ["MESSAGING_DISK_LEDGER"] = ledgerPath,
            ["MESSAGING_DISK_CONTROL"] = folder.File("control"),
        };
        if (isRecorded)
            environment.Add("MESSAGING_DISK_LOG", LogPath);
        return environment;
    }

    /// <summary>From the next call on; the counts begin anew.</summary>
    public void Begin(DiskFault fault)
    {
        End();
        Write(Word.Seen, 0);
        Write(Word.Struck, 0);
        Write(Word.Files, fault.Files.Aggregate(0L, (bits, one) => bits | (1L << (int)one)));
        Write(Word.First, fault.First);
        Write(Word.Times, fault.Times);
        Write(Word.Action, (long)fault.Action);
        Write(Word.Error, (long)fault.Error);
        Resume(fault);
    }

    /// <summary>A fault that was ended goes on where it was.</summary>
    public void Resume(DiskFault fault) => Write(Word.Kinds, 1L << (int)fault.Call);

    /// <summary>The disk is whole again.</summary>
    public void End() => Write(Word.Kinds, 0);

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
        folder.Dispose();
    }

    private long Read(Word word)
    {
        var value = view.ReadInt64((int)word * sizeof(long));
        Thread.MemoryBarrier();
        return value;
    }

    private void Write(Word word, long value)
    {
        Thread.MemoryBarrier();
        view.Write((int)word * sizeof(long), value);
        Thread.MemoryBarrier();
    }
}
