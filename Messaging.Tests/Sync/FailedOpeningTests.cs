using Grpc.Core;
using Messaging.Service.Hosting;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using SQLitePCL;

namespace Messaging.Tests.Sync;

[CancelAfter(60_000)]
public sealed class FailedOpeningTests
{
    [Test]
    [Protocol("1.13")]
    public async Task A_stream_whose_opening_is_not_on_disk_when_the_disk_fails_is_told_no_position()
    {
        await using var server = await TestServer.StartAsync(builder =>
            builder.Services.Replace(ServiceDescriptor.Singleton<OpenLedger>(async (services, _) =>
                await SqliteLedger.OpenAsync(
                    services.GetRequiredService<LedgerOptions>() with { Seams = new WriterSeams { Reached = Fail } },
                    services.GetRequiredService<TimeProvider>(),
                    services.GetRequiredService<ILogger<SqliteLedger>>()))));
        server.ExpectAlarm("can't be trusted any more");
        server.ExpectAlarm("The ledger failed");

        using var alice = new TestDevice(server.Address, "alice", "phone");
        var ended = Assert.ThrowsAsync<RpcException>(alice.TryReadAsync);
        Assert.That(ended!.StatusCode, Is.EqualTo(StatusCode.Unavailable));
    }

    // The opening is decided, and the sync that would keep it fails.
    private static void Fail(WriterPoint point)
    {
        if (point == WriterPoint.Written)
            throw new LedgerFailureException("the sync failed", raw.SQLITE_IOERR_FSYNC);
    }
}
