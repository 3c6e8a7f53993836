using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>
/// Ledgers as releases have left them (<c>Ledgers/VERSION.ledger</c> after a stop, <c>VERSION-killed.ledger</c> with its log
/// after none): this version opens them, brings them to its own and serves what is in them. A release adds its own by
/// <see cref="The_ledgers_of_this_version_are_kept"/>.
/// </summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KeptLedgerTests
{
    private const int Rounds = 20;
    private const int AfterStop = 5;

    private readonly TemporaryFolder folder = TemporaryFolder.Create();

    private static string Kept => Path.Combine(SourceFolder.Path, "Messaging.Tests", "Operations", "Ledgers");

    private static IEnumerable<string> Names =>
        Directory.GetFiles(Kept, "*.ledger").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    private string Ledger => folder.File("ledger.db");

    [TearDown]
    public void End() => folder.Dispose();

    [Test]
    public void There_is_one_of_each_kind()
    {
        Assert.That(Names, Is.SupersetOf((string[])["0.1.0", "0.1.0-killed"]));
        Assert.That(new FileInfo(Path.Combine(Kept, "0.1.0-killed.ledger-wal")).Length, Is.GreaterThan(1_000));
    }

    [Test]
    public async Task It_is_opened_migrated_verified_and_read([ValueSource(nameof(Names))] string name)
    {
        SampleLedger.Copy(Path.Combine(Kept, $"{name}.ledger"), Ledger);
        var last = name.EndsWith("-killed", StringComparison.Ordinal) ? Rounds + AfterStop : Rounds;
        var rows = LedgerEdit.Ask(Ledger, "SELECT count(*) FROM journal");
        await using (var ledger = await OpenAsync())
        {
            Assert.That(LedgerEdit.Ask(Ledger, "PRAGMA user_version"), Is.EqualTo(Migrations.Count));
            using var late = await LedgerDevice.OpenAsync(ledger, "bob/late");
            var texts = (await late.QueueAsync()).Select(QueueText.Brief).ToList();
            Assert.That(texts, Has.Count.EqualTo(late.Stream.Head.Value));
            for (var i = 1; i <= last; i++)
                Assert.That(texts, Has.Some.Contains($"alice/phone m{i} #"), $"the message m{i}");

            // So are its conversations, from where they began.
            var bob = new Party("bob", "late");
            var standing = (await ledger.ReadConversationsAsync(
                new ConversationQuery(bob, "", 99, 1 << 20, 99), CancellationToken.None).InTime("the conversations"))!
                .Conversations.Single(conversation => conversation.Peer == "alice");
            var said = (await ledger.ReadHistoryAsync(
                new HistoryQuery(bob, "alice", HistorySide.After, UserOffset.None, 999, 1 << 20), CancellationToken.None)
                .InTime("what was said"))!;
            Assert.That((said.Head, said.KeptFrom.Value), Is.EqualTo((standing.Head, 1)));
            Assert.That(said.Messages, Has.Count.EqualTo(standing.Head.Value));
            Assert.That(
                said.Messages.Select(message => ((MessageRecord)message.Record).Id),
                Is.SupersetOf(Enumerable.Range(1, last).Select(i => $"m{i}")));

            // What it has accepted it knows again, and goes on behind it.
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            var head = late.Stream.Head.Value;
            var repeated = await alice.SettledAsync(alice.Message("bob", "m3", new string('x', 3 * 37 % 900)));
            Assert.That(repeated.Settlement, Is.EqualTo(Settlement.Repeated));
            var sent = await alice.SendAsync("bob", "from a later version");
            Assert.That(sent.Settlement, Is.EqualTo(Settlement.Recorded));
            Assert.That((await late.DescribeAsync(head + 1, after: head)).Single(), Does.Contain("from a later version"));
        }

        Assert.That(LedgerEdit.Ask(Ledger, "SELECT count(*) FROM journal"), Is.GreaterThan(rows));
        var (code, output, error) = await Verb.RunAsync(Ledger, "ledger", "verify");
        Assert.That(code, Is.Zero, output + error);
    }

    [Test]
    public async Task As_a_backup_it_is_restored([ValueSource(nameof(Names))] string name)
    {
        var backup = folder.File("backup.db");
        SampleLedger.Copy(Path.Combine(Kept, $"{name}.ledger"), backup);
        var (code, output, error) = await Verb.RunAsync(Ledger, "ledger", "restore", backup);
        Assert.That(code, Is.Zero, output + error);
        await using var ledger = await OpenAsync();
        using var late = await LedgerDevice.OpenAsync(ledger, "bob/late");
        Assert.That((await late.QueueAsync()).Select(QueueText.Brief), Has.Some.Contains("alice/phone m1 #"));
    }

    [Test]
    public async Task One_of_a_later_version_is_refused_with_a_sentence_and_is_not_changed()
    {
        SampleLedger.Copy(Path.Combine(Kept, "0.1.0.ledger"), Ledger);
        LedgerEdit.Run(Ledger, $"PRAGMA user_version = {Migrations.Count + 1}");
        var before = await File.ReadAllBytesAsync(Ledger);
        var sentence = $"The ledger {Ledger} was written by a later version: {Migrations.Count + 1}, and this one knows {Migrations.Count}.";

        // Of no verb: the service itself, which must not come to listen.
        var served = await Verb.RunAsync(Ledger, "--environment=Development", "--urls=http://127.0.0.1:0");
        Assert.That((served.Code, served.Error.Trim()), Is.EqualTo((1, sentence)));
        foreach (var words in (string[][])[["verify"], ["backup", folder.File("b.db")], ["accept"], ["compact"], ["stats"]])
        {
            var (code, output, error) = await Verb.RunAsync(Ledger, ["ledger", .. words]);
            Assert.That(code, Is.EqualTo(1), string.Join(' ', words));
            Assert.That(error + output, Does.Contain("later version"), string.Join(' ', words));
        }

        var restored = await Verb.RunAsync(folder.File("elsewhere.db"), "ledger", "restore", Ledger);
        Assert.That(restored.Code, Is.EqualTo(1));
        Assert.That(restored.Error, Does.Contain("later version"));
        Assert.That(await File.ReadAllBytesAsync(Ledger), Is.EqualTo(before));
    }

    /// <summary>Run by hand for a release, and what it makes is committed with it; it replaces nothing.</summary>
    [Test]
    [Explicit("Writes into the sources.")]
    public async Task The_ledgers_of_this_version_are_kept()
    {
        var version = typeof(SqliteLedger).Assembly.GetName().Version!.ToString(3);
        using var sample = await SampleLedger.CreateAsync(Rounds);
        Keep($"{version}.ledger");
        await using (var ledger = await sample.OpenAsync(options: SampleLedger.Options(sample.FilePath) with { CheckpointPages = 4096 }))
        {
            using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
            for (var i = Rounds + 1; i <= Rounds + AfterStop; i++)
                await alice.SendAsync("bob", $"m{i}");
            Keep($"{version}-killed.ledger");
        }

        void Keep(string name)
        {
            Assert.That(Verification.Run(sample.FilePath, isHeadCompared: true).IsWell, Is.True);
            foreach (var suffix in (string[])["", "-wal"])
            {
                if (new FileInfo(sample.FilePath + suffix) is { Exists: true, Length: > 0 })
                    File.Copy(sample.FilePath + suffix, Path.Combine(Kept, name + suffix), overwrite: false);
            }
        }
    }

    private Task<SqliteLedger> OpenAsync() =>
        SqliteLedger.OpenAsync(SampleLedger.Options(Ledger), TimeProvider.System, NullLogger<SqliteLedger>.Instance);
}
