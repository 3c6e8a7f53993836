namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>A reader has given way to a service at work: nothing was found wrong, and not everything was read.</summary>
internal sealed class LogTooLongException(string path, long bytes) : IOException(
    $"While {path} was read, its service's write-ahead log grew to {bytes >> 20} MiB, and cannot begin anew before the reading ends; "
    + "so it was ended. Make a backup, which reads for a shorter time, and look into that; or choose a quieter hour, or a "
    + "higher Messaging:Ledger:ReaderLogBytes.");
