using System.Globalization;
using Messaging.Tests.Protocol;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Reliability.Network;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>
/// A server process that is killed under load, again and again, on one ledger. Phones are made of the generated client,
/// laptops are applications on the client library.
/// </summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KilledServerTests
{
    private const double LaptopsPerSecond = 150;

    private static readonly string[] Users = ["alice", "bob", "carol"];

    private readonly History history = new();

    [Test]
    [Protocol("1.13", "1.14", "1.15", "1.16", "4.6", "4.33", "4.43", "4.52", "5.13", "5.18")]
    public Task Nothing_that_was_accepted_is_lost_repeated_or_moved_when_the_server_is_killed() => RunAsync(kills: 20);

    /// <summary><c>MESSAGING_KILLS</c> says how often; 100 take about four minutes.</summary>
    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    public Task Nothing_that_was_accepted_is_lost_repeated_or_moved_over_many_kills() => RunAsync(int.Parse(
        Environment.GetEnvironmentVariable("MESSAGING_KILLS") ?? "1000", CultureInfo.InvariantCulture));

    private async Task RunAsync(int kills)
    {
        var random = Seed.Random();
        await using var server = new ServerProcess("--Logging:LogLevel:Default=Warning");
        await server.StartAsync();
        var phones = Users.Select(user => new StubbornDevice(
            history, server.Address, $"{user}/phone", Users, new Random(random.Next()))).ToList();
        var laptops = Users.Select(user => new LibraryDevice(
            history, server.Address, $"{user}/laptop", Users, new Random(random.Next()), LaptopsPerSecond)).ToList();
        try
        {
            try
            {
                await LiveThroughAsync(kills, server, phones, laptops, random);
            }
            catch (TimeoutException stuck)
            {
                history.Stuck(stuck.Message);
            }

            await server.KillAsync();
            history.Judge(LedgerAudit.Read(server.Ledger)).Require();
            Assert.That(phones.Select(phone => phone.Streams), Has.All.GreaterThan(kills), "each kill cost each a stream");
        }
        catch
        {
            TestContext.Out.WriteLine(server.Output);
            throw;
        }
        finally
        {
            foreach (var laptop in laptops)
                await laptop.DisposeAsync();
            foreach (var phone in phones)
                await phone.DisposeAsync();
        }
    }

    private async Task LiveThroughAsync(
        int kills, ServerProcess server, List<StubbornDevice> phones, List<LibraryDevice> laptops, Random random)
    {
        for (var kill = 1; kill <= kills; kill++)
        {
            // Under load: every phone has got further since the last start, and so has an application.
            var (before, laptopsBefore) = (phones.ConvertAll(phone => phone.AcceptedCount), Accepted());
            var enough = random.Next(20, 300);
            await Wait.Eventually(
                $"{enough} more are accepted before kill {kill}",
                () => phones.Exists(phone => phone.HasFailed) || laptops.Exists(laptop => laptop.HasFailed)
                    || (Accepted() > laptopsBefore
                        && phones.Zip(before).All(pair => pair.First.AcceptedCount >= pair.Second + enough)));
            await server.KillAsync();
            history.Fault("killed", isCrash: true);
            await server.StartAsync();
            if (kill % 20 == 0)
                await TestContext.Progress.WriteLineAsync($"{kill} of {kills} kills");
        }

        await Task.WhenAll([.. phones.Select(one => one.SettleAsync()), .. laptops.Select(one => one.SettleAsync())]);
        await history.DrainAsync();
        await Task.WhenAll([.. phones.Select(one => one.StopAsync()), .. laptops.Select(one => one.StopAsync())]);

        int Accepted() => laptops.Sum(laptop => laptop.AcceptedCount);
    }
}
