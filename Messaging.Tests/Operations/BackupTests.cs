using Messaging.Tests.Protocol;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Reliability.Network;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>Backups that are made while everybody writes, and what puts them in a ledger's place.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BackupTests
{
    private const double PerSecond = 200;

    private static readonly string[] Users = ["alice", "bob", "carol"];

    private SampleLedger sample = null!;

    [SetUp]
    public async Task Begin() => sample = await SampleLedger.CreateAsync();

    [TearDown]
    public void End() => sample.Dispose();

    [Test]
    [Protocol("2.21", "2.22")]
    public async Task A_backup_made_under_load_is_restored_and_the_clients_recover_by_themselves()
    {
        var (random, history) = (Seed.Random(), new History());
        var backup = sample.File("backup.db");
        await using var server = new ServerProcess("--Messaging:Ledger:TailRows=100", "--Messaging:Delivery:Heartbeat=00:00:01");
        await server.StartAsync();
        var libraries = Users.Select(user => new LibraryDevice(
            history, server.Address, $"{user}/phone", Users, new Random(random.Next()), PerSecond)).ToList();
        var stubs = Users.Select(user => new StubbornDevice(
            history, server.Address, $"{user}/laptop", Users, new Random(random.Next()), PerSecond)).ToList();
        try
        {
            await AcceptAsync(100);
            for (var times = 0; times < 3; times++)
                await RunAsync("ledger", "backup", backup, "--force");
            await AcceptAsync(100);
            var refused = await Verb.RunProcessAsync("ledger", "restore", backup, "--force", $"--Messaging:Ledger:Path={server.Ledger}");
            Assert.That(refused.Code, Is.EqualTo(1));
            Assert.That(refused.Output, Does.Contain("in use"));
            await RunAsync("ledger", "verify");

            await server.KillAsync();
            history.Fault("killed", isCrash: true);
            foreach (var one in libraries)
                one.MayBeRefused = true; // to read what was lost
            await RunAsync("ledger", "restore", backup, "--force");
            history.NewEpoch(LedgerAudit.Read(server.Ledger));
            await server.StartAsync();
            await AcceptAsync(100);
            await Task.WhenAll([.. libraries.Select(one => one.SettleAsync()), .. stubs.Select(one => one.SettleAsync())]);
            await history.DrainAsync();
            await Task.WhenAll([.. libraries.Select(one => one.StopAsync()), .. stubs.Select(one => one.StopAsync())]);
            Assert.That(await server.StopAsync(), Is.Zero);
            await RunAsync("ledger", "verify");
            history.Judge(LedgerAudit.Read(server.Ledger)).Require();
        }
        catch
        {
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

        async Task RunAsync(params string[] words)
        {
            var (code, output) = await Verb.RunProcessAsync([.. words, $"--Messaging:Ledger:Path={server.Ledger}"]);
            Assert.That(code, Is.Zero, output);
        }

        async Task AcceptAsync(int more)
        {
            List<int> Accepted() => [.. libraries.Select(one => one.AcceptedCount), .. stubs.Select(one => one.AcceptedCount)];
            var enough = Accepted().ConvertAll(count => count + more);
            await Wait.Eventually(
                $"each has {more} more accepted",
                () => libraries.Exists(one => one.HasFailed) || Accepted().Zip(enough).All(pair => pair.First >= pair.Second));
        }
    }

    [Test]
    public async Task A_backup_of_a_rotten_ledger_is_not_made()
    {
        LedgerEdit.Run(sample.FilePath, "UPDATE journal SET body = x'00' WHERE seq = 7");
        var (code, _, error) = await Verb.RunAsync(sample.FilePath, "ledger", "backup", sample.File("backup.db"));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain("wrong"));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(sample.FilePath)!, "backup*"), Is.Empty, "and nothing is left of it");
    }

    [Test]
    public async Task A_backup_takes_no_files_place_unless_it_is_told_to()
    {
        var target = sample.File("backup.db");
        File.WriteAllText(target, "precious");
        var (code, _, error) = await Verb.RunAsync(sample.FilePath, "ledger", "backup", target);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain("--force"));
        Assert.That(File.ReadAllText(target), Is.EqualTo("precious"));
        Assert.That((await Verb.RunAsync(sample.FilePath, "ledger", "backup", target, "--force")).Code, Is.Zero);
        Assert.That((await Verb.RunAsync(target, "ledger", "verify")).Code, Is.Zero);
    }

    [Test]
    public async Task What_a_restore_replaces_is_put_aside_whole()
    {
        var backup = sample.File("backup.db");
        Assert.That((await Verb.RunAsync(sample.FilePath, "ledger", "backup", backup)).Code, Is.Zero);
        await sample.GoOnAsync(41, 5);
        var rows = LedgerEdit.Ask(sample.FilePath, "SELECT count(*) FROM journal");

        var unforced = await Verb.RunAsync(sample.FilePath, "ledger", "restore", backup);
        Assert.That((unforced.Code, unforced.Error.Trim()), Is.EqualTo((1,
            $"There is a ledger at {sample.FilePath}; with --force it is put aside, under another name.")));
        var (code, output, error) = await Verb.RunAsync(sample.FilePath, "ledger", "restore", backup, "--force", "--json");
        Assert.That(code, Is.Zero, error);
        var aside = Verb.Json(output).GetProperty("aside").GetString()!;
        Assert.That(LedgerEdit.Ask(aside, "SELECT count(*) FROM journal"), Is.EqualTo(rows));
        Assert.That((await Verb.RunAsync(aside, "ledger", "verify")).Code, Is.Zero);
        Assert.That(LedgerEdit.Ask(sample.FilePath, "SELECT count(*) FROM journal"), Is.LessThan(rows));
        await using var ledger = await sample.OpenAsync();
    }

    [Test]
    public async Task A_rotten_backup_is_not_restored()
    {
        var backup = sample.Copy("backup.db");
        LedgerEdit.Run(backup, "UPDATE journal SET body = x'00' WHERE seq = 7");
        var before = File.ReadAllBytes(sample.FilePath);
        var (code, output, _) = await Verb.RunAsync(sample.FilePath, "ledger", "restore", backup, "--force");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("row 7 of the journal is not what was written"));
        Assert.That(File.ReadAllBytes(sample.FilePath), Is.EqualTo(before));
    }

    [Test]
    public async Task A_lost_ledger_is_restored_though_its_head_file_is_there()
    {
        var backup = sample.File("backup.db");
        Assert.That((await Verb.RunAsync(sample.FilePath, "ledger", "backup", backup)).Code, Is.Zero);
        File.Delete(sample.FilePath);
        Assert.That((await Verb.RunAsync(sample.FilePath, "ledger", "restore", backup)).Code, Is.Zero);
        await using var ledger = await sample.OpenAsync();
    }

    [Test]
    public async Task What_changes_a_ledger_is_refused_while_a_service_has_it()
    {
        var backup = sample.Copy("backup.db");
        await using var ledger = await sample.OpenAsync();
        foreach (var words in (string[][])[["restore", backup, "--force"], ["accept"], ["compact"]])
        {
            var (code, _, error) = await Verb.RunAsync(sample.FilePath, ["ledger", .. words]);
            Assert.That(code, Is.EqualTo(1));
            Assert.That(error, Does.Contain("in use"));
        }

        foreach (var words in (string[][])[["ledger", "verify"], ["ledger", "stats"], ["devices", "bob"], ["ledger", "backup", sample.File("b.db")]])
            Assert.That((await Verb.RunAsync(sample.FilePath, words)).Code, Is.Zero);
    }

    [Test]
    public async Task Compacting_gives_free_pages_back_and_changes_nothing_else()
    {
        LedgerEdit.Run(sample.FilePath, "CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(1000000)); DROP TABLE filler");
        var before = TableDump.Read(sample.FilePath);
        var (code, output, error) = await Verb.RunAsync(sample.FilePath, "ledger", "compact", "--json");
        Assert.That(code, Is.Zero, error);
        var result = Verb.Json(output);
        Assert.That(result.GetProperty("bytesAfter").GetInt64() + 900_000, Is.LessThan(result.GetProperty("bytesBefore").GetInt64()));
        var after = TableDump.Read(sample.FilePath);
        Assert.That(after.Of("journal"), Is.EqualTo(before.Of("journal")));
        Assert.That(after.Of("entry"), Is.EqualTo(before.Of("entry")));
        await using var ledger = await sample.OpenAsync();
    }
}
