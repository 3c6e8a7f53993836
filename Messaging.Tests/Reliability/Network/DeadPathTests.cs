using System.Diagnostics;
using Messaging.Client;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Network;

/// <summary>A path that died without a word, and a client that has a better one.</summary>
[TestFixture]
public sealed class DeadPathTests
{
    [TestCase(FaultKind.HalfOpen)]
    [TestCase(FaultKind.UpLost)]
    [TestCase(FaultKind.DownLost)]
    public async Task A_client_that_hears_nothing_does_not_go_the_same_way_again(FaultKind kind)
    {
        await using var server = await TestServer.StartAsync("--Messaging:Delivery:Heartbeat=00:00:00.200");
        await using var proxy = new FaultProxy(server.Address, number => number > 1 ? null : () => new Fault(
            kind, Direction.Up, null, TimeSpan.FromMilliseconds(300), TimeSpan.FromMinutes(5)));
        await using var alice = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(proxy.Address),
            User = "alice",
            Device = "phone",
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(20),
            CloseTimeout = TimeSpan.FromMilliseconds(100),
        });
        await alice.WaitUntilConnectedAsync().InTime("the first stream");
        await Wait.Eventually("the path dies", () => proxy.Counts.Of(kind) > 0);

        var watch = Stopwatch.StartNew();
        var sent = await alice.SendAsync("bob", new byte[] { 1 });
        await sent.Accepted.InTime("the message is accepted", TimeSpan.FromSeconds(60));

        TestContext.Out.WriteLine($"{kind}: {watch.Elapsed.TotalSeconds:F1} s");
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)));
    }
}
