using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>
/// Up to where a ledger was on disk at some moment, kept in a file of its own beside it: a ledger that is behind it, or
/// another one, is not the one that was served. It never says more than is on disk, for it is written only after.
/// </summary>
/// <param name="Epoch">The ledger's epoch.</param>
/// <param name="Sequence">The journal's last row; 0 where it is empty.</param>
/// <param name="Checksum">That row's checksum.</param>
internal sealed record LedgerHead(string Epoch, long Sequence, long Checksum)
{
    private const string Mark = "messaging-ledger-head";

    public static string PathFor(string ledger) => ledger + ".head";

    /// <summary>Where a ledger stands as this connection sees it, which is what has been committed and synced.</summary>
    public static LedgerHead Of(SqliteConnection connection)
    {
        var epoch = connection.ExecuteScalar<string>("SELECT epoch FROM ledger");
        var last = connection.QuerySingleOrDefault<(long, long)>("SELECT seq, checksum FROM journal ORDER BY seq DESC LIMIT 1");
        return new LedgerHead(epoch!, last.Item1, last.Item2);
    }

    /// <summary>What stands beside a ledger; null where there is nothing that can be believed.</summary>
    /// <param name="ledger">The ledger's path.</param>
    /// <param name="isGarbled">There is a file, and it is not what was written.</param>
    public static LedgerHead? Read(string ledger, out bool isGarbled)
    {
        isGarbled = false;
        if (!File.Exists(PathFor(ledger)))
            return null;

        var text = Encoding.UTF8.GetString(File.ReadAllBytes(PathFor(ledger)));
        var words = text.Split(' ');
        if (words.Length == 5
            && words[0] == Mark
            && long.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && long.TryParse(words[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var checksum)
            && new LedgerHead(words[1], sequence, checksum) is var head
            && head.Text() == text)
            return head;

        isGarbled = true;
        return null;
    }

    /// <summary>Writes it beside a ledger, durably, all or nothing.</summary>
    /// <exception cref="IOException">It could not be written; the earlier one stands.</exception>
    public void Write(string ledger) => DurableFiles.Write(PathFor(ledger), Encoding.UTF8.GetBytes(Text()));

    /// <summary>Why a ledger is not the one that this was written of, in half a sentence; null where it is.</summary>
    public string? Contradiction(SqliteConnection ledger)
    {
        if (ledger.ExecuteScalar<long>("SELECT count(*) FROM sqlite_schema WHERE name = 'ledger'") == 0)
            return $"is empty, and had {Sequence} rows when it was last served";
        var now = Of(ledger);
        if (now.Epoch != Epoch)
            return $"has the epoch {now.Epoch}, and {Epoch} was last served here";
        if (now.Sequence < Sequence)
            return $"went back in time: it ends at row {now.Sequence}, and had row {Sequence} when it was last served";
        return Sequence > 0 && ledger.ExecuteScalar<long?>("SELECT checksum FROM journal WHERE seq = @Sequence", this) != Checksum
            ? $"has another history: its row {Sequence} is not the one that was last served"
            : null;
    }

    private string Text()
    {
        var words = string.Create(CultureInfo.InvariantCulture, $"{Mark} {Epoch} {Sequence} {Checksum:x16}");
        return string.Create(
            CultureInfo.InvariantCulture, $"{words} {XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(words)):x16}\n");
    }
}
