using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>The contract, with everything recent kept in memory as in normal work.</summary>
[TestFixture]
public sealed class SqliteLedgerTests : LedgerContract
{
    private protected override async ValueTask<ILedger> OpenAsync(string folder, TimeProvider time) =>
        await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = Path.Combine(folder, "ledger.db") }, time, NullLogger<SqliteLedger>.Instance);
}

/// <summary>The contract, with so little kept in memory that nearly everything is folded and read back from disk.</summary>
[TestFixture]
public sealed class SqliteLedgerInLittleMemoryTests : LedgerContract
{
    private protected override async ValueTask<ILedger> OpenAsync(string folder, TimeProvider time)
    {
        var options = new LedgerOptions
        {
            Path = Path.Combine(folder, "ledger.db"),
            TailRows = 16,
            ActiveStates = 16,
            MaxWaiting = 64,
            MaxBatch = 8,
        };
        return await SqliteLedger.OpenAsync(options, time, NullLogger<SqliteLedger>.Instance);
    }
}
