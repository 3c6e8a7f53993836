using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// A prepared statement that is run many times: parameters and columns by number, no allocation but for what is read.
/// Parameters count from 1, columns from 0, as in SQLite. Belongs to one thread at a time.
/// </summary>
internal sealed class Statement : IDisposable
{
    private const int OnStack = 512;

    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private readonly nint _handle;

    public Statement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _handle = _statement.DangerousGetHandle(); // held for as long as this lives
    }

    public Statement Bind(int parameter, long value)
    {
        Check(NativeStatement.Bind(_handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        var bytes = most <= OnStack ? stackalloc byte[OnStack] : new byte[most];
        var length = Encoding.UTF8.GetBytes(value, bytes);
        Check(NativeStatement.BindText(
            _handle, parameter, in MemoryMarshal.GetReference(bytes), length, NativeStatement.Transient));
        return this;
    }

    public Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        // An empty span is bound as an empty blob, which is not NULL: a message may have an empty payload.
        Check(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0)
            : NativeStatement.BindBlob(
                _handle, parameter, in MemoryMarshal.GetReference(value), value.Length, NativeStatement.Transient));
        return this;
    }

    public Statement BindNull(int parameter)
    {
        Check(NativeStatement.BindNull(_handle, parameter));
        return this;
    }

    /// <summary>Moves to the next row; after the last it says false and is ready to be run again.</summary>
    public bool Step()
    {
        var code = NativeStatement.Step(_handle);
        switch (code)
        {
            case raw.SQLITE_ROW:
                return true;
            case raw.SQLITE_DONE:
                Reset();
                return false;
            default:
                var failure = LedgerFailureException.From(_connection, code);
                Reset();
                throw failure;
        }
    }

    /// <summary>Runs a statement that gives no rows; the number of rows it changed.</summary>
    public int Run()
    {
        while (Step())
        {
        }

        return raw.sqlite3_changes(_connection);
    }

    /// <summary>Ends a run before its last row; an open one would hold the write-ahead log.</summary>
    public void Reset() => _ = NativeStatement.Reset(_handle); // its code repeats what the step said

    public bool IsNull(int column) => NativeStatement.TypeOf(_handle, column) == raw.SQLITE_NULL;

    public long Int64(int column) => NativeStatement.Int64(_handle, column);

    public int Int32(int column) => checked((int)Int64(column));

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw LedgerFailureException.From(_connection, code);
    }
}
