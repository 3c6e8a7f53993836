using Messaging.Service.Ledger.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// The ledger's files of one history, in memory where there is such a folder: what is tried here is order, not the disk.
/// </summary>
internal sealed class LedgerFiles : IDisposable
{
    private const string Memory = "/dev/shm";
    private const string Epoch = "e1";

    private readonly string folder;
    private int count;

    /// <param name="empty">An empty ledger, as <see cref="CreateEmpty"/> has made it.</param>
    public LedgerFiles(byte[] empty)
    {
        folder = Directory.CreateDirectory(Path.Combine(Root, $"messaging-history-{Guid.NewGuid():N}")).FullName;
        Current = PathOf(0);
        File.WriteAllBytes(Current, empty);
    }

    /// <summary>The file that the service has, or had last.</summary>
    public string Current { get; private set; }

    private static string Root => Directory.Exists(Memory) ? Memory : Path.GetTempPath();

    /// <summary>A ledger without a row, with the same epoch each time.</summary>
    public static async Task<byte[]> CreateEmpty()
    {
        using var files = new LedgerFiles([]);
        File.Delete(files.Current);
        var options = new LedgerOptions { Path = files.Current };
        await SqliteLedger.OpenStepped(options, TimeProvider.System, NullLogger<SqliteLedger>.Instance).DisposeAsync();
        using (var connection = new SqliteConnection($"Data Source={files.Current};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"UPDATE ledger SET epoch = '{Epoch}'";
            command.ExecuteNonQuery();
        }

        return await File.ReadAllBytesAsync(files.Current);
    }

    /// <summary>The bytes of the write-ahead log.</summary>
    public long LogLength() => File.Exists(Current + "-wal") ? new FileInfo(Current + "-wal").Length : 0;

    /// <summary>
    /// Copies what a process that is killed now leaves behind. The copy becomes current with <see cref="TakeCopy"/>.
    /// </summary>
    /// <param name="logLength">Of the log, no more than so many bytes have got that far.</param>
    public void Copy(long logLength = long.MaxValue)
    {
        var copy = PathOf(++count);
        File.Copy(Current, copy);
        if (!File.Exists(Current + "-wal"))
            return;
        File.Copy(Current + "-wal", copy + "-wal");
        using var log = new FileStream(copy + "-wal", FileMode.Open);
        if (log.Length > logLength)
            log.SetLength(logLength);
    }

    public void TakeCopy() => Current = PathOf(count);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string PathOf(int number) => Path.Combine(folder, $"ledger-{number}.db");
}
