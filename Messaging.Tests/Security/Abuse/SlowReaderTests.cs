using System.Globalization;
using Google.Protobuf;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;
using static Messaging.Tests.Security.Abuse.Http2Bytes;

namespace Messaging.Tests.Security.Abuse;

/// <summary>Many devices for which much is waiting and that never read: each costs a bounded amount, for a bounded time.</summary>
[TestFixture]
public sealed class SlowReaderTests : AbuseTests
{
    private const int Few = 50;
    private const int Many = 1_000;
    private const int Messages = 128;
    private const int PayloadBytes = 16 * 1024;

    // The window of a device is 1 MiB; what is read ahead of a peer that takes nothing is far less.
    private const double MostKiBEach = 512;
    private const int SpareMiB = 96;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private protected override int MostMoreMiB => (int)(Many * MostKiBEach / 1024) + SpareMiB;

    private protected override TimeSpan LongestHeldUp => TimeSpan.FromSeconds(10);

    private protected override string[] Settings =>
    [
        .. base.Settings, "--Messaging:Streams:StallTimeout=00:00:03", "--Messaging:Limits:DevicesPerUser=0", "--Messaging:Ledger:MaxDevices=2000",
        "--Messaging:Limits:OpeningsPerMinute=0", "--Messaging:Delivery:Heartbeat=00:00:02",
    ];

    [Test]
    public Task Fifty_devices_that_never_read_are_bounded_in_memory_and_time() => RunAsync(Few);

    [Test]
    [Explicit("takes a thousand connections")]
    [Category("Long")]
    public Task A_thousand_devices_that_never_read_are_bounded_in_memory_and_time() => RunAsync(Many);

    private async Task RunAsync(int count)
    {
        var user = Guid.NewGuid().ToString("N");
        await FillQueueAsync(user);
        var before = Use;
        var connections = new List<RawConnection>();
        var most = before.MiB;
        try
        {
            for (var i = 0; i < count; i++)
            {
                var connection = await RawConnection.BeginAsync(Address, window: int.MaxValue, receiveBuffer: 4096);
                await connection.TrySendAsync(Number(WindowUpdate, 0, 1 << 30));
                await connection.OpenSyncAsync(user, $"d{i}");
                connections.Add(connection);
                most = Math.Max(most, Use.MiB);
            }

            await Wait.Eventually(
                "all of them are given up",
                () =>
                {
                    most = Math.Max(most, Use.MiB);
                    return Use.Handles <= before.Handles;
                },
                Patience);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }

        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{count} that never read: {before.MiB} MiB before, at most {most}, {Use.MiB} after"));
        Assert.That(most - before.MiB, Is.LessThan((count * MostKiBEach / 1024) + SpareMiB));
    }

    private async Task FillQueueAsync(string user)
    {
        using var writer = await BeginSyncAsync();
        var reading = writer.ReadUntilAsync("all answers", () => writer.Frames().Count > Messages, Patience);
        for (var i = 0; i < Messages; i++)
        {
            var message = ProbeDevice.Text(user, $"{i}");
            message.Payload = ByteString.CopyFrom(new byte[PayloadBytes]);
            await writer.TrySendDataAsync(Prefixed(new Frame { Message = message }));

            // Within the window: each is answered before the next.
            await Wait.Eventually("its answer", () => writer.Frames().Count > i + 1);
        }

        Assert.That(await reading, Is.True);
    }
}
