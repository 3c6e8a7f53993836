namespace Messaging.Service.Ledger.Sqlite;

/// <summary>What the ledger logs; ids 1000–1099.</summary>
internal static partial class LedgerLog
{
    [LoggerMessage(1000, LogLevel.Information, "Ledger {Path}, epoch {Epoch}: {Rows} rows replayed behind row {Folded} in {Elapsed} ms")]
    public static partial void Opened(this ILogger logger, string path, string epoch, int rows, long folded, long elapsed);

    [LoggerMessage(1001, LogLevel.Critical, "The ledger can't be trusted any more and stops: {Reason}")]
    public static partial void WriterFailed(this ILogger logger, string reason);

    [LoggerMessage(1002, LogLevel.Error, "A batch of {Count} could not be written and is refused for now: {Reason}")]
    public static partial void BatchRefused(this ILogger logger, int count, string reason);

    [LoggerMessage(1004, LogLevel.Information, "The ledger is closed, with everything that was answered in it")]
    public static partial void Closed(this ILogger logger);

    [LoggerMessage(1003, LogLevel.Warning, "A checkpoint failed and will be tried again: {Reason}")]
    public static partial void CheckpointFailed(this ILogger logger, string reason);

    [LoggerMessage(1004, LogLevel.Error, "The ledger is damaged: {What}; run \"ledger verify\", and restore a backup")]
    public static partial void RotFound(this ILogger logger, string what);

    [LoggerMessage(1005, LogLevel.Warning, "The head file {Path} could not be written, and will be tried again: {Reason}")]
    public static partial void HeadNotKept(this ILogger logger, string path, string reason);

    [LoggerMessage(1006, LogLevel.Warning, "The head file {Path} is {State}: whether the ledger went back in time is not known")]
    public static partial void HeadUnknown(this ILogger logger, string path, string state);

    [LoggerMessage(1007, LogLevel.Warning, "Retention could not go on, and will try again: {Reason}")]
    public static partial void RetentionFailed(this ILogger logger, string reason);
}
