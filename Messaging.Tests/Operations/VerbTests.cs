using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>The verbs of the service's executable, each as a process of its own.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class VerbTests
{
    private static readonly string[][] All =
    [
        ["ledger", "verify"], ["ledger", "backup"], ["ledger", "restore"], ["ledger", "accept"], ["ledger", "stats"],
        ["ledger", "compact"], ["devices"], ["queue"], ["health"],
    ];

    private SampleLedger sample = null!;

    private string Setting => $"--Messaging:Ledger:Path={sample.FilePath}";

    [OneTimeSetUp]
    public async Task Begin() => sample = await SampleLedger.CreateAsync();

    [OneTimeTearDown]
    public void End() => sample.Dispose();

    [Test]
    public async Task Each_explains_itself_with_examples([ValueSource(nameof(All))] string[] verb)
    {
        var (code, output) = await Verb.RunProcessAsync([.. verb, "--help"]);
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("Description:").And.Contain("Examples:"));
        Assert.That(output, Does.Contain($"dotnet Messaging.Service.dll {string.Join(' ', verb)}"));
    }

    [Test]
    public async Task Help_alone_names_them_all()
    {
        var (code, output) = await Verb.RunProcessAsync("--help");
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("ledger").And.Contain("devices <USER>").And.Contain("queue <USER> <DEVICE>"));
    }

    [TestCase("ledgre", "verify")]
    [TestCase("ledger", "verfy")]
    [TestCase("ledger")]
    [TestCase("ledger", "backup")]
    [TestCase("ledger", "verify", "--jsn")]
    [TestCase("queue", "bob")]
    public async Task What_is_no_verb_is_refused_and_nothing_is_served(params string[] words)
    {
        var (code, output) = await Verb.RunProcessAsync(words);
        Assert.That(code, Is.Not.Zero);
        Assert.That(output, Does.Contain("Required").Or.Contain("Unrecognized"));
        Assert.That(output, Does.Not.Contain("listens"));
    }

    [Test]
    public async Task A_bad_setting_is_refused_with_its_name()
    {
        var (code, output) = await Verb.RunProcessAsync("ledger", "verify", "--Messaging:Leger:Path=/tmp/x.db");
        Assert.That((code, output.Trim()), Is.EqualTo((1, "Messaging:Leger is not a setting.")));
    }

    [Test]
    public async Task The_setting_may_stand_before_the_verb_and_in_two_words()
    {
        var (code, output) = await Verb.RunProcessAsync("--Messaging:Ledger:Path", sample.FilePath, "ledger", "verify");
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.StartWith("Nothing is wrong.").And.Contain(sample.FilePath));
    }

    [Test]
    public async Task Verify_says_as_json_what_is_wrong_and_where()
    {
        var (code, output) = await Verb.RunProcessAsync("ledger", "verify", "--json", Setting);
        Assert.That(code, Is.Zero);
        Assert.That(Verb.Json(output).GetProperty("isWell").GetBoolean(), Is.True);

        var path = sample.Copy("wrong.db");
        LedgerEdit.Run(path, "UPDATE journal SET body = x'00' WHERE seq = 7");
        (code, output) = await Verb.RunProcessAsync("ledger", "verify", "--json", $"--Messaging:Ledger:Path={path}");
        Assert.That(code, Is.EqualTo(1));
        var finding = Verb.Json(output).GetProperty("findings")[0];
        Assert.That(finding.GetProperty("table").GetString(), Is.EqualTo("journal"));
        Assert.That(finding.GetProperty("row").GetString(), Is.EqualTo("7"));
    }

    [Test]
    public async Task Stats_count_what_is_there()
    {
        var (code, output) = await Verb.RunProcessAsync("ledger", "stats", "--json", Setting);
        Assert.That(code, Is.Zero);
        var stats = Verb.Json(output);
        Assert.That(stats.GetProperty("rows").GetProperty("message").GetInt64(), Is.EqualTo(Ask("SELECT count(*) FROM journal WHERE kind = 1")));
        Assert.That(stats.GetProperty("users").GetInt64(), Is.EqualTo(Ask("SELECT count(*) FROM user")));
        Assert.That(stats.GetProperty("bytesPerMessage").GetInt64(), Is.Positive);
        (code, output) = await Verb.RunProcessAsync("ledger", "stats", Setting);
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("message rows").And.Contain("bytes per message"));
    }

    [Test]
    public async Task Devices_and_queue_say_what_is_waited_for()
    {
        var (code, output) = await Verb.RunProcessAsync("devices", "alice", "--json", Setting);
        Assert.That(code, Is.Zero);
        var devices = Verb.Json(output).EnumerateArray().ToDictionary(device => device.GetProperty("device").GetString()!);
        var laptop = devices["laptop"];
        Assert.That(devices.Keys, Is.EquivalentTo(new[] { "phone", "laptop" }));
        Assert.That(laptop.GetProperty("waiting").GetInt32(), Is.EqualTo(laptop.GetProperty("head").GetInt32() - laptop.GetProperty("cursor").GetInt32()));
        Assert.That(laptop.GetProperty("waiting").GetInt32(), Is.GreaterThanOrEqualTo(3), "those behind the last round of ten");

        (code, output) = await Verb.RunProcessAsync("queue", "alice", "phone", "--json", "--most", "1000", Setting);
        Assert.That(code, Is.Zero);
        var queue = Verb.Json(output);
        var offsets = queue.GetProperty("first").EnumerateArray().Select(entry => entry.GetProperty("offset").GetInt32()).ToList();
        var standing = queue.GetProperty("standing");
        var cursor = standing.GetProperty("cursor").GetInt32();
        Assert.That(offsets, Is.EqualTo(Enumerable.Range(cursor + 1, standing.GetProperty("head").GetInt32() - cursor)));
        Assert.That(queue.GetProperty("kinds").EnumerateObject().Sum(kind => kind.Value.GetInt32()), Is.EqualTo(offsets.Count));

        (code, output) = await Verb.RunProcessAsync("queue", "bob", "phone", Setting);
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("phone").And.Contain("It has").Or.Contain("waits"));
    }

    [TestCase("devices", "nobody")]
    [TestCase("queue", "nobody", "phone")]
    [TestCase("queue", "bob", "nothing")]
    public async Task Who_is_not_there_is_an_error(params string[] words)
    {
        var (code, output) = await Verb.RunProcessAsync([.. words, Setting]);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("There is no"));
    }

    [Test]
    public async Task Backup_restore_accept_and_compact_say_as_json_that_all_is_well()
    {
        var path = sample.Copy("served.db");
        var (setting, backup) = ($"--Messaging:Ledger:Path={path}", sample.File("backup.db"));
        foreach (var words in (string[][])
                 [
                     ["ledger", "backup", backup], ["ledger", "restore", backup, "--force"], ["ledger", "accept"],
                     ["ledger", "compact"], ["ledger", "verify"],
                 ])
        {
            var (code, output) = await Verb.RunProcessAsync([.. words, "--json", setting]);
            Assert.That(code, Is.Zero, output);
            Assert.That(Verb.Json(output).GetProperty("isWell").GetBoolean(), Is.True);
        }
    }

    private long Ask(string sql) => LedgerEdit.Ask(sample.FilePath, sql);
}
