using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>SQLite refused; <see cref="IsPassing"/> tells whether the same may succeed later.</summary>
internal sealed class LedgerFailureException(string message, int extendedCode) : Exception(message)
{
    /// <summary>SQLite's extended result code.</summary>
    public int ExtendedCode { get; } = extendedCode;

    /// <summary>
    /// The disk is full or the file is in use: nothing was written and the same may succeed later. After anything
    /// else (a failed sync above all) what is on disk is unknown, and the process must not go on.
    /// </summary>
    public bool IsPassing => (ExtendedCode & 0xff) is raw.SQLITE_FULL or raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>What is in the file is not what SQLite wrote, or can't be read.</summary>
    public bool IsRot => (ExtendedCode & 0xff) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_IOERR;

    public static LedgerFailureException From(sqlite3 connection, int code)
    {
        var extended = raw.sqlite3_extended_errcode(connection);
        var text = raw.sqlite3_errmsg(connection).utf8_to_string();
        return new LedgerFailureException(
            $"SQLite error {extended}: {text}", (extended & 0xff) == (code & 0xff) ? extended : code);
    }
}
