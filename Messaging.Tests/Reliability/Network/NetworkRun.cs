using System.Diagnostics;
using System.Globalization;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Network;

/// <summary>
/// One service process, users with two devices each, one on the client library and one on the generated client, and
/// between them a network drawn from a seed. When it is calm again everything must have arrived within 30 s.
/// </summary>
internal sealed class NetworkRun(int seed, double perSecond)
{
    private static readonly string[] Users = ["alice", "bob", "carol", "dave", "erin"];

    /// <summary>What the runtime opens as it sees fit, once it is warm; a connection that is kept is one more each.</summary>
    private const int MostMoreHandles = 64;

    private readonly History history = new();
    private readonly Random random = new(seed);

    /// <summary>Runs, and judges what its clients saw.</summary>
    /// <param name="storm">How long there are faults.</param>
    /// <param name="kills">How often the service is killed meanwhile.</param>
    public async Task RunAsync(TimeSpan storm, int kills = 0)
    {
        await using var server = new ServerProcess(
            "--Messaging:Delivery:Heartbeat=00:00:00.500", "--Messaging:Streams:StallTimeout=00:00:05",
            "--Messaging:Ledger:TailRows=2000", "--Logging:LogLevel:Default=Warning");
        await server.StartAsync();
        var before = ProcessUse.Of(server.Id);
        await using var proxy = new FaultProxy(
            server.Address, random.Next(), kind => history.Fault(kind.ToString(), isCrash: false));
        var each = perSecond / Users.Length / 2;
        var libraries = Users.Select(user => new LibraryDevice(
            history, proxy.Address, $"{user}/phone", Users, new Random(random.Next()), each)).ToList();
        var stubs = Users.Select(user => new StubbornDevice(
            history, proxy.Address, $"{user}/laptop", Users, new Random(random.Next()), each)).ToList();
        try
        {
            await StormAsync(server, storm, kills, () => libraries.Exists(one => one.HasFailed) || stubs.Exists(one => one.HasFailed));
            var calm = Stopwatch.StartNew();
            // The ends of what is dead are told, or have to find out by themselves: both must be quick enough.
            var tells = seed % 2 == 0;
            proxy.Calm(tells);
            await SettleAsync([.. libraries.Select(one => one.SettleAsync()), .. stubs.Select(one => one.SettleAsync())]);
            var answered = calm.Elapsed;
            await history.DrainAsync();
            if (calm.Elapsed > Wait.Deadline)
                history.Stuck($"quiet only after {calm.Elapsed}");
            TestContext.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}, {storm.TotalSeconds} s, {kills} kills: {proxy.Counts}; dead ends {(tells ? "told" : "not told")}, all answered after {answered.TotalSeconds:F1} s, quiet after {calm.Elapsed.TotalSeconds:F1} s; clients begun anew {libraries.Sum(one => one.Instances - 1)} times; service {ProcessUse.Of(server.Id)}, test {ProcessUse.Of(Environment.ProcessId)}"));
            await Task.WhenAll([.. libraries.Select(one => one.StopAsync()), .. stubs.Select(one => one.StopAsync())]);
            await LookForLeaksAsync(server, before);
            await server.KillAsync();
            history.Judge(LedgerAudit.Read(server.Ledger)).Require();
            Assert.That(ServerErrors(server), Is.Empty, "the service logged errors");
        }
        catch
        {
            TestContext.Out.WriteLine(string.Join('\n', history.Last.TakeLast(40)));
            TestContext.Out.WriteLine(server.Output);
            throw;
        }
        finally
        {
            foreach (var one in libraries)
                await one.DisposeAsync();
            foreach (var one in stubs)
                await one.DisposeAsync();
        }
    }

    private async Task StormAsync(ServerProcess server, TimeSpan storm, int kills, Func<bool> hasFailed)
    {
        for (var kill = 0; kill <= kills; kill++)
        {
            var running = Stopwatch.StartNew();
            await Wait.Eventually(
                "the storm is over", () => hasFailed() || running.Elapsed >= storm / (kills + 1), storm + Wait.Deadline);
            if (kill == kills)
                return;
            await server.KillAsync();
            history.Fault("killed", isCrash: true);
            await server.StartAsync();
        }
    }

    private async Task SettleAsync(Task[] settling)
    {
        try
        {
            await Task.WhenAll(settling);
        }
        catch (TimeoutException late)
        {
            history.Stuck(late.Message);
        }
    }

    /// <summary>Nobody is connected any more: what the storm's connections held has to go, dead ends included.</summary>
    private async Task LookForLeaksAsync(ServerProcess server, ProcessUse before)
    {
        try
        {
            await Wait.Eventually(
                "the service's handles return", () => ProcessUse.Of(server.Id).Handles <= before.Handles + MostMoreHandles);
        }
        catch (TimeoutException)
        {
            history.Leak($"the service had {before}, and with nobody there it has {ProcessUse.Of(server.Id)}");
        }
    }

    private static string[] ServerErrors(ServerProcess server) =>
        [.. server.Output.Split('\n').Where(line => line.Contains(" fail: ", StringComparison.Ordinal)
            || line.Contains(" crit: ", StringComparison.Ordinal))];
}
