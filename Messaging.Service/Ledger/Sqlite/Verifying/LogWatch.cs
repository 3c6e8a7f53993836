namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>
/// Watches a ledger's write-ahead log for one who reads all of the ledger in one transaction: until that ends the log can't
/// begin anew. Where it is longer at the beginning, it may not grow.
/// </summary>
/// <param name="path">The ledger's file.</param>
/// <param name="mostBytes">How long it may become.</param>
internal sealed class LogWatch(string path, long mostBytes)
{
    private readonly long _mostBytes = Math.Max(mostBytes, BytesOf(path));
    private LogTooLongException? _found;

    /// <summary>Looks whether it has become too long; from then on it stays so.</summary>
    public bool IsTooLong()
    {
        var bytes = BytesOf(path);
        if (bytes > _mostBytes)
            _found ??= new LogTooLongException(path, bytes);
        return _found is not null;
    }

    /// <exception cref="LogTooLongException">It was found too long.</exception>
    public void ThrowIfFound()
    {
        if (_found is { } found)
            throw found;
    }

    /// <exception cref="LogTooLongException">It is too long.</exception>
    public void ThrowIfTooLong()
    {
        _ = IsTooLong();
        ThrowIfFound();
    }

    private static long BytesOf(string path) => new FileInfo(path + "-wal") is { Exists: true } log ? log.Length : 0;
}
