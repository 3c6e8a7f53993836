using BenchmarkDotNet.Attributes;
using Messaging.Benchmarks.Processes;
using Messaging.Service.Ledger.Sqlite;
using Microsoft.Data.Sqlite;

namespace Messaging.Benchmarks.Micro;

/// <summary>One commit of the journal, synced; the making of its records is in it.</summary>
[MemoryDiagnoser]
public class JournalAppend : IDisposable
{
    private readonly MicroRecords _records = new();
    private TemporaryFolder _folder = null!;
    private LedgerFile _file = null!;
    private SqliteConnection _connection = null!;
    private Journal _journal = null!;
    private Statement _begin = null!;
    private Statement _commit = null!;

    [Params(1, 64, 1024)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _folder = new TemporaryFolder(MicroCommand.Directory, "journal");
        _file = LedgerFile.Take(_folder.File("ledger.db"));
        _connection = _file.Connect();
        using (var command = _connection.CreateCommand())
        {
            // The service's checkpointer is not here.
            command.CommandText = "PRAGMA wal_autocheckpoint = 4096";
            command.ExecuteNonQuery();
        }

        _journal = new Journal(_connection.Handle!);
        _begin = new Statement(_connection.Handle!, "BEGIN IMMEDIATE");
        _commit = new Statement(_connection.Handle!, "COMMIT");
    }

    [Benchmark]
    public void Commit()
    {
        _begin.Run();
        foreach (var record in _records.Next(Rows))
            _journal.Append(record);
        _commit.Run();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        GC.SuppressFinalize(this); // BenchmarkDotNet wants a class that is not sealed
        _begin.Dispose();
        _commit.Dispose();
        _journal.Dispose();
        _connection.Dispose();
        _file.Dispose();
        _folder.Dispose();
    }
}
