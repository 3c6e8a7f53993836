using Messaging.Service.Ledger;
using Messaging.Tests.Properties;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>The model that ledgers are held against must itself keep the contract.</summary>
[TestFixture]
public sealed class NaiveLedgerTests : LedgerContract
{
    private readonly Dictionary<string, NaiveDisk> disks = [];

    private protected override ValueTask<ILedger> OpenAsync(string folder, TimeProvider time)
    {
        if (!disks.TryGetValue(folder, out var disk))
            disks.Add(folder, disk = new NaiveDisk());
        return ValueTask.FromResult<ILedger>(new NaiveLedger(disk, time));
    }
}
