using System.IO.Hashing;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite.Retaining;

/// <summary>Where retention stands: the one row of its table, all zero before its first step.</summary>
/// <param name="Counted">The rows up to here, all of them folded, are counted in <paramref name="BodyBytes"/>.</param>
/// <param name="BodyBytes">The bodies that they still have, of messages and reports.</param>
/// <param name="Passed">No message or report up to here has its body any more.</param>
/// <param name="Removed">How many bodies are gone.</param>
/// <param name="RemovedBytes">How many bytes they had.</param>
internal readonly record struct RetentionStanding(long Counted, long BodyBytes, long Passed, long Removed, long RemovedBytes)
{
    /// <summary>Reads it once.</summary>
    /// <exception cref="LedgerUnusableException">It is not what was written.</exception>
    public static RetentionStanding Read(sqlite3 connection)
    {
        using var statement = Prepare(connection);
        return Read(statement);
    }

    /// <summary>The query that <see cref="Read(Statement)"/> takes.</summary>
    public static Statement Prepare(sqlite3 connection) => new(
        connection, "SELECT counted_seq, body_bytes, passed_seq, removed, removed_bytes, checksum FROM retention");

    /// <inheritdoc cref="Read(sqlite3)"/>
    public static RetentionStanding Read(Statement query)
    {
        try
        {
            if (!query.Step())
                return default;
            var standing = new RetentionStanding(
                query.Int64(0), query.Int64(1), query.Int64(2), query.Int64(3), query.Int64(4));
            return standing.Checksum() == query.Int64(5)
                ? standing
                : throw new LedgerUnusableException("The ledger is damaged: where retention stands is not what was written.");
        }
        finally
        {
            query.Reset();
        }
    }

    public long Checksum() => (long)XxHash64.HashToUInt64(
        MemoryMarshal.AsBytes((ReadOnlySpan<long>)[Counted, BodyBytes, Passed, Removed, RemovedBytes]));
}
