namespace Messaging.Tests.Reliability.Disk;

/// <summary>The ledger's files, as <c>disk.c</c> numbers them.</summary>
public enum DiskFile
{
    Database,
    Wal,
    Journal,
    Folder,
}

/// <summary>Calls that can be made to fail, as <c>disk.c</c> numbers them.</summary>
public enum DiskCall
{
    Open,
    Write,
    Sync,
    Truncate,
    Unlink,
}

/// <summary>What befalls a call, as <c>disk.c</c> numbers it.</summary>
public enum DiskAction
{
    Fail,

    /// <summary>The first of the calls writes half, the others fail.</summary>
    Half,
    KillBefore,
    KillAfter,
}

/// <summary>The errors of a disk, as Linux numbers them.</summary>
public enum DiskError
{
    Io = 5,
    NoSpace = 28,
}

/// <summary>Which calls a fault strikes, and how.</summary>
/// <param name="Call">The kind of call.</param>
/// <param name="Files">On which files.</param>
/// <param name="First">The first that it strikes, counted from 1.</param>
/// <param name="Times">How many from there on.</param>
/// <param name="Action">What befalls them.</param>
/// <param name="Error">The error, where there is one.</param>
internal sealed record DiskFault(
    DiskCall Call, DiskFile[] Files, long First = 1, long Times = 1, DiskAction Action = DiskAction.Fail,
    DiskError Error = DiskError.Io)
{
    public const long ForEver = long.MaxValue;

    public static readonly DiskFile[] Any = [DiskFile.Database, DiskFile.Wal, DiskFile.Journal, DiskFile.Folder];

    public override string ToString() =>
        $"{Action} {Error} of {Call} {First}{(Times == ForEver ? " and on" : Times > 1 ? $" to {First + Times - 1}" : "")} "
        + $"on {string.Join(", ", Files)}";
}
