using System.Globalization;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Network;

/// <summary>Whatever the network does, nothing that was accepted is lost, doubled or reordered.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NetworkTests
{
    // As many as the devices of a busy machine send through a storm without falling behind.
    private const double PerSecond = 600;

    [TestCase(1)]
    [TestCase(2)]
    [Protocol("1.14", "1.15", "1.16", "2.29", "2.45", "4.17", "4.33", "4.43", "4.52", "5.13")]
    public Task Nothing_is_lost_doubled_or_reordered_by_a_network_that_cuts_stalls_and_loses(int seed) =>
        new NetworkRun(seed, PerSecond).RunAsync(TimeSpan.FromSeconds(20));

    [Test]
    [Protocol("1.13", "1.14", "1.15", "1.16")]
    public Task Nothing_is_lost_when_the_service_is_killed_in_such_a_network() =>
        new NetworkRun(seed: 3, PerSecond).RunAsync(TimeSpan.FromSeconds(12), kills: 4);

    /// <summary><c>MESSAGING_NETWORK_MINUTES</c> says how long, <c>MESSAGING_SEED</c> which faults.</summary>
    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    public Task Nothing_is_lost_doubled_or_reordered_in_a_long_storm() =>
        new NetworkRun(Seed.Random().Next(), PerSecond).RunAsync(TimeSpan.FromMinutes(double.Parse(
            Environment.GetEnvironmentVariable("MESSAGING_NETWORK_MINUTES") ?? "20", CultureInfo.InvariantCulture)));
}
