using System.Globalization;
using Messaging.Tests.Protocol;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>A server process that is killed under load, again and again, and judged from outside.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KilledServerTests
{
    private static readonly string[] Users = ["alice", "bob", "carol"];

    [Test]
    [Protocol("1.13", "1.14", "1.15", "1.16", "4.6", "4.33", "4.43", "5.18")]
    public Task Nothing_that_was_accepted_is_lost_repeated_or_moved_when_the_server_is_killed() => RunAsync(kills: 4);

    /// <summary><c>MESSAGING_KILLS</c> says how often; an hour takes about 2,000.</summary>
    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    public Task Nothing_that_was_accepted_is_lost_repeated_or_moved_over_many_kills() => RunAsync(int.Parse(
        Environment.GetEnvironmentVariable("MESSAGING_KILLS") ?? "1000", CultureInfo.InvariantCulture));

    private static async Task RunAsync(int kills)
    {
        var random = Seed.Random();
        var history = new History();
        await using var server = new ServerProcess();
        await server.StartAsync();
        var phones = Users.Select(user => new StubbornDevice(
            history, server.Address, $"{user}/phone", Users, new Random(random.Next()))).ToList();
        var laptops = Users.Select(user => new StubbornDevice(
            history, server.Address, $"{user}/laptop", [], new Random(random.Next()))).ToList();
        var all = phones.Concat(laptops).ToList();
        try
        {
            try
            {
                await LiveThroughAsync(kills, server, history, phones, all, random);
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
            foreach (var device in all)
                device.Dispose();
        }
    }

    private static async Task LiveThroughAsync(
        int kills, ServerProcess server, History history, List<StubbornDevice> phones, List<StubbornDevice> all, Random random)
    {
        for (var kill = 1; kill <= kills; kill++)
        {
            // Under load: every phone has got further since the last start.
            var before = phones.Select(phone => phone.AcceptedCount).ToList();
            var enough = random.Next(20, 400);
            await Wait.Eventually(
                $"{enough} more are accepted before kill {kill}",
                () => all.Any(device => device.HasFailed)
                    || phones.Zip(before).All(pair => pair.First.AcceptedCount >= pair.Second + enough));
            await server.KillAsync();
            history.Fault("killed", isCrash: true);
            await server.StartAsync();
            if (kill % 20 == 0)
                await TestContext.Progress.WriteLineAsync($"{kill} of {kills} kills");
        }

        foreach (var device in all)
            await device.SettleAsync();
        await history.DrainAsync();
        foreach (var device in all)
            await device.StopAsync();
    }
}
