using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Client;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Network;

/// <summary>Streams that were cut, replaced, refused and left leave nothing behind: no memory, no timer, no handle.</summary>
[TestFixture]
[NonParallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LeakTests
{
    private const int Devices = 25;

    // Of a stream that is kept by mistake the session, its call and its buffers: 20 KiB and more each.
    private const int Rounds = 16;
    private const long MostMoreBytes = 3 << 20;

    // What the runtime and the web server start and end as they see fit.
    private const int MostMoreTimers = 12;
    private const int MostMoreHandles = 12;
    private const int MostMoreThreads = 12;
    private const int MostMoreMiB = 24;
    private const int MostTimes = 4;

    [Test]
    public async Task Service_and_library_return_to_where_they_were()
    {
        await using var server = await TestServer.StartAsync("--Messaging:Ledger:TailRows=64");
        await GoRoundAsync(server.Address, rounds: 4);
        var before = Settled();
        await GoRoundAsync(server.Address, Rounds);

        var after = Settled();
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Rounds * Devices * 4} streams: {before} and {after}"));
        Assert.That(after.Bytes, Is.LessThan(before.Bytes + MostMoreBytes), "leak: memory");
        // Those of connections that have just been cut end with them.
        await Wait.Eventually("leak: timers return to where they were", () => Timer.ActiveCount < before.Timers + MostMoreTimers);
    }

    [Test]
    public async Task The_services_process_returns_to_where_it_was()
    {
        await using var server = new ServerProcess("--Messaging:Ledger:TailRows=64", "--Logging:LogLevel:Default=Warning");

        // Collected often and in one place: what stays is what is held.
        server.Environment["DOTNET_GCgen0size"] = "400000";
        server.Environment["DOTNET_gcConcurrent"] = "0";
        server.Environment["DOTNET_gcServer"] = "0";
        await server.StartAsync();
        await GoRoundAsync(server.Address, rounds: 12);
        var before = ProcessUse.Of(server.Id);
        var after = before;

        // A young process grows for a while, whatever it holds; one that leaks grows each time.
        for (var times = 0; times < MostTimes; times++)
        {
            before = after;
            await GoRoundAsync(server.Address, Rounds);
            after = ProcessUse.Of(server.Id);
            TestContext.Out.WriteLine($"{before} and {after}");
            if (after.MiB < before.MiB + MostMoreMiB)
                break;
        }

        await Wait.Eventually(
            "leak: handles return to where they were", () => ProcessUse.Of(server.Id).Handles < before.Handles + MostMoreHandles);
        await Wait.Eventually(
            "leak: threads return to where they were", () => ProcessUse.Of(server.Id).Threads < before.Threads + MostMoreThreads);
        Assert.That(after.MiB, Is.LessThan(before.MiB + MostMoreMiB), "leak: memory");
    }

    /// <summary>Every round, each device has four streams: cut, replaced, half-closed, and one of the library's.</summary>
    private static async Task GoRoundAsync(string address, int rounds)
    {
        for (; rounds > 0; rounds--)
        {
            await Task.WhenAll(Enumerable.Range(0, Devices).Select(async number =>
            {
                var user = string.Create(CultureInfo.InvariantCulture, $"user-{number}");
                await OneAsync(address, user);
                await using var client = MessagingClient.Start(new MessagingClientOptions
                {
                    Address = new Uri(address), User = user, Device = "library",
                });
                await (await client.SendAsync(user, new byte[100])).Accepted.InTime("the library's message is accepted");
            }));
        }
    }

    private static async Task OneAsync(string address, string user)
    {
        var headers = new Metadata { { "messaging-user", user }, { "messaging-device", "stub" } };
        using (var first = GrpcChannel.ForAddress(address))
        using (var second = GrpcChannel.ForAddress(address))
        {
            using var cut = await OpenAsync(first, headers);
            using var replacing = await OpenAsync(second, headers);
            await replacing.RequestStream.WriteAsync(new Frame { Message = ProbeDevice.Text(user, Guid.NewGuid().ToString()) });
        }

        using var channel = GrpcChannel.ForAddress(address);
        using var left = await OpenAsync(channel, headers);
        await left.RequestStream.CompleteAsync();
        while (await left.ResponseStream.MoveNext(CancellationToken.None).InTime("the stream ends"))
        {
            // What is left in the queue.
        }
    }

    private static async Task<AsyncDuplexStreamingCall<Frame, Frame>> OpenAsync(GrpcChannel channel, Metadata headers)
    {
        var call = new MessagingService.MessagingServiceClient(channel).Sync(headers);
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the first position"), Is.True);
        return call;
    }

    private static (long Bytes, long Timers) Settled()
    {
        for (var again = 0; again < 3; again++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return (GC.GetTotalMemory(forceFullCollection: true), Timer.ActiveCount);
    }
}
