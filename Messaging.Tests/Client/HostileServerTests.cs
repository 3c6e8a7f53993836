using System.Diagnostics;
using System.Globalization;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>The real client against a server that keeps no promise, and then against one that does.</summary>
[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
internal sealed class HostileServerTests(StoreKind kind)
{
    private const int Streams = 25;

    [Test]
    [Protocol("1.14", "1.15", "1.16")]
    public async Task Whatever_a_server_says_the_client_lives_and_skips_nothing_and_recovers([Range(1, 6)] int seed) =>
        await RunAsync(seed);

    [Test]
    [Explicit("takes as long as it is told to: MESSAGING_MINUTES")]
    [Category("Long")]
    public async Task Whatever_a_server_says_for_minutes()
    {
        var minutes = double.Parse(
            Environment.GetEnvironmentVariable("MESSAGING_MINUTES") ?? "2", CultureInfo.InvariantCulture);
        var running = Stopwatch.StartNew();
        var seed = Seed.Random().Next(1_000_000_000);
        var (runs, frames, heap) = (0, 0L, 0L);
        for (; running.Elapsed < TimeSpan.FromMinutes(minutes); runs++)
        {
            frames += await RunAsync(seed++);
            if (runs == 20)
                heap = GC.GetTotalMemory(forceFullCollection: true);
        }
        var grown = (GC.GetTotalMemory(forceFullCollection: true) - heap) / 1024;
        await TestContext.Out.WriteLineAsync(
            $"{runs} hostile servers, seeds up to {seed - 1}, {frames} frames; heap {heap / 1024} KiB after 21, then {grown:+0;-0} KiB");
        Assert.That(grown, Is.LessThan(20 * 1024));
    }

    [Test]
    public async Task A_client_does_not_grow_with_what_a_hostile_server_sends()
    {
        const int First = 3_000;
        var time = new FakeTimeProvider();
        var server = new HostileServer(time, seed: 1) { LongestStream = 2000, MayEndClients = false };
        await using var device = new HostileDevice(kind, time, server, new Random(1));
        await device.UntilAsync(() => server.Frames >= First);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await device.UntilAsync(() => server.Frames >= 3 * First);
        var after = GC.GetTotalMemory(forceFullCollection: true);

        await TestContext.Out.WriteLineAsync($"{before / 1024} KiB after {First} frames, {after / 1024} KiB after {3 * First}");
        Assert.That(after - before, Is.LessThan(16 * 1024 * 1024));
    }

    private async Task<int> RunAsync(int seed)
    {
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var time = new FakeTimeProvider();
        var random = new Random(seed);
        var server = new HostileServer(time, random.Next());
        await using var device = new HostileDevice(kind, time, server, random);
        await device.UntilAsync(() => server.Streams >= Streams);
        Assert.That(server.Violations, Is.Empty);

        await device.RecoverAsync();

        await TestContext.Out.WriteLineAsync(device.ToString());
        return server.Frames;
    }
}
