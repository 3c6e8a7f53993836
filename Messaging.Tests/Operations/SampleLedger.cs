using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Tests.Operations;

/// <summary>A ledger with something of everything in it, most of it folded, in a folder of its own; no service has it.</summary>
internal sealed class SampleLedger : IDisposable
{
    private readonly TemporaryFolder folder = TemporaryFolder.Create();

    private SampleLedger()
    {
    }

    public string FilePath => folder.File("ledger.db");

    public static LedgerOptions Options(string path) => new()
    {
        Path = path, TailRows = 16, ScrubRows = 0, CheckpointPages = 32,
    };

    /// <param name="rounds">Messages that alice sends to bob, with what follows from them.</param>
    public static async Task<SampleLedger> CreateAsync(int rounds = 40)
    {
        var sample = new SampleLedger();
        await sample.GoOnAsync(1, rounds);
        return sample;
    }

    /// <summary>Lets retention have the bodies of some of the oldest messages.</summary>
    public async Task RetainAsync()
    {
        await using var ledger = await OpenAsync(options: Options(FilePath) with { Retention = new RetentionOptions { Bytes = 12_000 } });
        await Wait.Eventually("the oldest are gone", () => LedgerEdit.Ask(
            FilePath, "SELECT count(*) FROM retention, ledger WHERE counted_seq = projected_seq AND body_bytes <= 12000") == 1);
    }

    public string File(string name) => folder.File(name);

    public Task<SqliteLedger> OpenAsync(LedgerCondition? condition = null, LedgerOptions? options = null) => SqliteLedger.OpenAsync(
        options ?? Options(FilePath), TimeProvider.System, NullLogger<SqliteLedger>.Instance, condition);

    /// <summary>Opens the ledger, works in it and closes it.</summary>
    /// <param name="first">The number of the first round.</param>
    /// <param name="rounds">How many.</param>
    public async Task GoOnAsync(int first, int rounds)
    {
        await using var ledger = await OpenAsync();
        using var alice = await LedgerDevice.OpenAsync(ledger, "alice/phone");
        using var laptop = await LedgerDevice.OpenAsync(ledger, "alice/laptop");
        using var bob = await LedgerDevice.OpenAsync(ledger, "bob/phone");
        for (var i = first; i < first + rounds; i++)
        {
            var sent = await alice.SendAsync("bob", $"m{i}", new string('x', i * 37 % 900));
            await bob.AcknowledgeAsync(bob.Stream.Head.Value);
            if (i % 3 == 0)
                await bob.MarkReadAsync("alice", $"m{i}");
            if (i % 5 == 0)
                await bob.VisibleAsync(new MarkRead(bob.Stream, "alice", $"m{i}", sent.UserOffset, isPlayed: true));
            if (i % 7 == 0)
                await bob.VisibleAsync(new ReportError(bob.Stream, "alice", $"m{i}", "it does not open"));
            if (i % 4 == 0)
                await bob.SendAsync("alice", $"b{i}");
            if (i % 6 == 3)
                await DoAsync(new BlockUser(new Party("bob", i % 4 == 3 ? "phone" : "settings"), $"blocked-{i}"));
            if (i % 12 == 3)
                await DoAsync(new UnblockUser(new Party("bob", "phone"), $"blocked-{i - 6}"));
            if (i % 8 == 1)
                await DoAsync(new NameDevice(new Party("alice", "phone"), "laptop", $"label {i}"));
            if (i % 13 == 0)
            {
                await bob.VisibleAsync(new SendMessage(
                    bob.Stream, $"as{i}", "bob", "hello"u8.ToArray(), LedgerDevice.Digest("bob", "hello"u8), author: "alice"));
            }

            if (i == 13)
                await RemoveOneAsync();
            if (i % 9 == 0)
                await alice.SendAsync($"user{i}", $"o{i}");
            if (i % 10 == 0)
                await laptop.AcknowledgeAsync(laptop.Stream.Head.Value - 3);
            if (i % 11 == 0)
                await alice.SendAsync("alice", $"n{i}");
        }

        async Task DoAsync(AccountWork work)
        {
            await ledger.SubmitAsync(work, CancellationToken.None);
            await work.Settled.InTime($"{work} is settled");
        }

        async Task RemoveOneAsync()
        {
            using var old = await LedgerDevice.OpenAsync(ledger, "bob/old");
            await DoAsync(new RevokeDevice(new Party("bob", "phone"), "old"));
        }
    }

    /// <summary>The ledger with what belongs to it, under another name.</summary>
    public string Copy(string name, bool isHeadCopied = true)
    {
        Copy(FilePath, File(name), isHeadCopied);
        return File(name);
    }

    /// <summary>The database, its log and its head file, of a ledger that no service has.</summary>
    public static void Copy(string from, string to, bool isHeadCopied = true)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm", ".head"])
        {
            if (suffix == ".head" && !isHeadCopied)
                continue;
            System.IO.File.Delete(to + suffix);
            if (suffix != "-shm" && System.IO.File.Exists(from + suffix))
                System.IO.File.Copy(from + suffix, to + suffix);
        }
    }

    public void Dispose() => folder.Dispose();
}
