using Messaging.Service.Ledger;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>
/// What every <see cref="ILedger"/> must do, whatever it is made of. A fixture for one of them says how it is opened;
/// opened again in the same folder, it must find what it had.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public abstract partial class LedgerContract
{
    private TemporaryFolder folder = null!;
    private readonly ServerTime time = new();
    private ILedger ledger = null!;

    private protected abstract ValueTask<ILedger> OpenAsync(string folder, TimeProvider time);

    [SetUp]
    public Task Begin()
    {
        folder = TemporaryFolder.Create();
        return Open();
    }

    private async Task Open() => ledger = await OpenAsync(folder.Path, time).InTime("the ledger is opened");

    [TearDown]
    public async Task End()
    {
        await ledger.DisposeAsync().InTime("the ledger is closed");
        folder.Dispose();
    }

    private async Task ReopenAsync()
    {
        await ledger.DisposeAsync().InTime("the ledger is closed");
        await Open();
    }

    // The name is "user/device".
    private Task<LedgerDevice> DeviceAsync(string name, bool startAtHead = false, int position = 0) =>
        LedgerDevice.OpenAsync(ledger, name, startAtHead, position);
}
