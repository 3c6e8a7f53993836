using BenchmarkDotNet.Attributes;
using Messaging.Benchmarks.Grow;
using Messaging.Benchmarks.Processes;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Benchmarks.Micro;

/// <summary>A page of a queue, out of the tables and out of memory.</summary>
[MemoryDiagnoser]
public class QueuePages : IDisposable
{
    private const int Messages = 40_000;
    private const int Entries = 256;
    private const int Bytes = 1 << 20;
    private const string Reader = "bench-reader";

    private TemporaryFolder _folder = null!;
    private SqliteLedger _ledger = null!;
    private OpenStream _open = null!;

    [GlobalSetup]
    public async Task OpenAsync()
    {
        _folder = new TemporaryFolder(MicroCommand.Directory, "pages");
        _ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = _folder.File("ledger.db") }, TimeProvider.System,
            NullLogger<SqliteLedger>.Instance);
        using var sender = new FillingDevice(_ledger, new Party("bench-sender", "load"), payload: 256);
        await sender.OpenAsync(CancellationToken.None);
        for (var i = 0; i < Messages; i++)
            await sender.SendAsync(Reader, i, CancellationToken.None);

        var reader = new OpeningListener();
        _open = new OpenStream(new Party(Reader, "load"), reader);
        await _ledger.SubmitAsync(_open, CancellationToken.None);
        await reader.Opened;
    }

    [Benchmark]
    public ValueTask<QueuePage> FromTables() =>
        _open.Stream!.ReadAsync(SignalOffset.None, Entries, Bytes, CancellationToken.None);

    [Benchmark]
    public ValueTask<QueuePage> FromMemory() =>
        _open.Stream!.ReadAsync(new SignalOffset(Messages - Entries), Entries, Bytes, CancellationToken.None);

    [GlobalCleanup]
    public void Dispose()
    {
        GC.SuppressFinalize(this); // BenchmarkDotNet wants a class that is not sealed, and awaits no cleaning up
        _open.Stream!.Dispose();
        _ledger.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folder.Dispose();
    }

    private sealed class OpeningListener : IStreamListener
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Opened => _opened.Task;

        void IStreamListener.OnSettled(Submission submission) => _opened.TrySetResult();

        void IStreamListener.Wake()
        {
        }

        void IStreamListener.OnReplaced()
        {
        }

        void IStreamListener.OnRevoked()
        {
        }
    }
}
