using System.Diagnostics;
using System.Globalization;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>What the verbs take on a ledger that is large.</summary>
[TestFixture]
[Explicit("takes minutes, and some gigabytes of the temporary folder")]
[Category("Long")]
public sealed class LargeLedgerTests
{
    private const long MostMemory = 600L << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(12);

    /// <summary><c>MESSAGING_LEDGER_MESSAGES</c> says how many messages; each makes up to three rows and two entries.</summary>
    [Test]
    public async Task Verify_and_backup_take_no_more_memory_the_more_there_is()
    {
        var messages = int.Parse(
            Environment.GetEnvironmentVariable("MESSAGING_LEDGER_MESSAGES") ?? "1000000", CultureInfo.InvariantCulture);
        using var folder = TemporaryFolder.Create();
        var path = folder.File("ledger.db");
        await FillAsync(path, messages);
        TestContext.Out.WriteLine($"{messages:N0} messages, {new FileInfo(path).Length >> 20:N0} MiB");
        await MeasureAsync(path, "ledger", "verify");
        await MeasureAsync(path, "ledger", "backup", folder.File("backup.db"));
        await MeasureAsync(path, "ledger", "stats");
        var watch = Stopwatch.StartNew();
        await using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await connection.OpenAsync();
            LedgerEdit.Run(connection, $"VACUUM INTO '{folder.File("vacuum.db")}'");
        }

        TestContext.Out.WriteLine($"VACUUM INTO alone: {watch.Elapsed.TotalSeconds:F1} s");
    }

    private static async Task MeasureAsync(string path, params string[] words)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [ServerProcess.Assembly, .. words, $"--Messaging:Ledger:Path={path}"])
            {
                RedirectStandardOutput = true,
            },
        };
        var watch = Stopwatch.StartNew();
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync();
        var peak = 0L;
        await Wait.Eventually($"{string.Join(' ', words)} ends", () =>
        {
            process.Refresh();
            var hasEnded = process.HasExited;
            peak = hasEnded ? peak : Math.Max(peak, process.PeakWorkingSet64);
            return hasEnded;
        }, Patience);
        TestContext.Out.WriteLine($"{string.Join(' ', words)}: {watch.Elapsed.TotalSeconds:F1} s, {peak >> 20:N0} MiB");
        Assert.That(process.ExitCode, Is.Zero, await output);
        Assert.That(peak, Is.LessThan(MostMemory));
    }

    /// <summary>Straight through the ledger's door; each of a hundred users acknowledges now and then.</summary>
    internal static async Task FillAsync(
        string path, int messages, int bodyBytes = 100, RetentionOptions? retention = null)
    {
        const int users = 100;
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = path, Retention = retention ?? new() }, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
        var streams = new List<(ILedgerStream Stream, Counter Settled)>();
        for (var user = 0; user < users; user++)
        {
            var settled = new Counter();
            var opening = new OpenStream(new Party($"user-{user}", "phone"), settled);
            await ledger.SubmitAsync(opening, CancellationToken.None);
            await Wait.Eventually("it is open", () => settled.Count == 1);
            streams.Add((opening.Stream!, settled));
        }

        var body = new byte[bodyBytes];
        for (var i = 0; i < messages; i++)
        {
            var (stream, _) = streams[i % users];
            await ledger.SubmitAsync(
                new SendMessage(stream, Guid.CreateVersion7().ToString(), $"user-{i * 7 % users}", body, default), CancellationToken.None);
            if (i % 5 == 0)
                await ledger.SubmitAsync(new Acknowledge(stream, stream.Head), CancellationToken.None);
        }

        var sent = messages + (messages + 4) / 5 + users;
        await Wait.Eventually("all is settled", () => streams.Sum(one => one.Settled.Count) == sent, Patience);
        foreach (var (stream, _) in streams)
            stream.Dispose();
    }

    private sealed class Counter : IStreamListener
    {
        private int count;

        public int Count => Volatile.Read(ref count);

        public void OnSettled(Submission submission) => Interlocked.Increment(ref count);

        public void Wake()
        {
        }

        public void OnReplaced()
        {
        }

        public void OnRevoked()
        {
        }
    }
}
