using BenchmarkDotNet.Attributes;
using Messaging.Benchmarks.Processes;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Microsoft.Data.Sqlite;

namespace Messaging.Benchmarks.Micro;

/// <summary>Half a tail folded into the projections, and committed.</summary>
[MemoryDiagnoser]
public class ProjectionFold : IDisposable
{
    private const int Rows = 8_192;
    private const int WritesPerLook = 64;

    private readonly MicroRecords _records = new();
    private JournalRecord[] _tail = [];
    private TemporaryFolder _folder = null!;
    private LedgerFile _file = null!;
    private SqliteConnection _connection = null!;
    private Projections _projections = null!;
    private Statement _begin = null!;
    private Statement _commit = null!;

    [GlobalSetup]
    public void Open()
    {
        _folder = new TemporaryFolder(MicroCommand.Directory, "fold");
        _file = LedgerFile.Take(_folder.File("ledger.db"));
        _connection = _file.Connect();
        _projections = new Projections(_connection.Handle!, WritesPerLook);
        _begin = new Statement(_connection.Handle!, "BEGIN IMMEDIATE");
        _commit = new Statement(_connection.Handle!, "COMMIT");
    }

    [IterationSetup]
    public void Fill() => _tail = [.. _records.Next(Rows)];

    [Benchmark(OperationsPerInvoke = Rows)]
    public void PerRow()
    {
        _begin.Run();
        _projections.Begin(_tail);
        _projections.WriteSlice(TimeSpan.MaxValue);
        _commit.Run();
        _projections.End();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        GC.SuppressFinalize(this); // BenchmarkDotNet wants a class that is not sealed
        _begin.Dispose();
        _commit.Dispose();
        _projections.Dispose();
        _connection.Dispose();
        _file.Dispose();
        _folder.Dispose();
    }
}
