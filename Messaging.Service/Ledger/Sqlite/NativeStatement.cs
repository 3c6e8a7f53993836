using System.Runtime.InteropServices;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// The calls that are made many times a row, straight into SQLite: without a reference counted at each, and where one takes
/// nanoseconds, without leaving managed code. The statement must outlive the call.
/// </summary>
internal static class NativeStatement
{
    private const string Library = "e_sqlite3";

    /// <summary>Tells SQLite to copy what it is given before it comes back.</summary>
    public const nint Transient = -1;

    [DllImport(Library, EntryPoint = "sqlite3_step", ExactSpelling = true)]
    public static extern int Step(nint statement);

    [DllImport(Library, EntryPoint = "sqlite3_reset", ExactSpelling = true)]
    public static extern int Reset(nint statement);

    [DllImport(Library, EntryPoint = "sqlite3_bind_int64", ExactSpelling = true), SuppressGCTransition]
    public static extern int Bind(nint statement, int parameter, long value);

    [DllImport(Library, EntryPoint = "sqlite3_bind_null", ExactSpelling = true), SuppressGCTransition]
    public static extern int BindNull(nint statement, int parameter);

    [DllImport(Library, EntryPoint = "sqlite3_bind_text", ExactSpelling = true)]
    public static extern int BindText(nint statement, int parameter, in byte utf8, int length, nint destructor);

    [DllImport(Library, EntryPoint = "sqlite3_bind_blob", ExactSpelling = true)]
    public static extern int BindBlob(nint statement, int parameter, in byte bytes, int length, nint destructor);

    [DllImport(Library, EntryPoint = "sqlite3_column_int64", ExactSpelling = true), SuppressGCTransition]
    public static extern long Int64(nint statement, int column);

    [DllImport(Library, EntryPoint = "sqlite3_column_type", ExactSpelling = true), SuppressGCTransition]
    public static extern int TypeOf(nint statement, int column);
}
