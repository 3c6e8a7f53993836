using System.Diagnostics;
using System.Threading.Channels;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>
/// A load whose disk was recorded, and the cuts made in it: after each of the points chosen, under every model, the files
/// are made that would be left, opened and judged.
/// </summary>
/// <param name="told">What the load's devices were told.</param>
/// <param name="records">What went to the disk, from an empty folder on.</param>
/// <param name="heads">
/// What the head file said, and how many changes the disk had taken by then: it stands beside every image of a later
/// moment, which must not be behind it.
/// </param>
/// <param name="isRetained">Whether retention was at work, so that messages may be gone.</param>
internal sealed class PowerCuts(
    Told told, IReadOnlyList<DiskRecord> records, IReadOnlyList<(long Operation, byte[] Head)>? heads = null, bool isRetained = false)
{
    /// <summary>
    /// Small ones, so that folds of several slices, checkpoints and new beginnings of the log all fall into one short load.
    /// </summary>
    private static readonly string[] Settings =
    [
        "--Messaging:Ledger:TailRows=150", "--Messaging:Ledger:TailBytes=1048576", "--Messaging:Ledger:FoldSlice=00:00:00",
        "--Messaging:Ledger:CheckpointPages=200", "--Messaging:Ledger:HeadInterval=00:00:00.02",
    ];

    private static readonly string[] Names = ["ledger.db", "ledger.db-wal", "ledger.db-journal"];

    private const int AccountRounds = 40;

    public IReadOnlyList<DiskRecord> Records => records;

    /// <summary>How many different heads there were.</summary>
    public int Heads => heads?.Count ?? 0;

    /// <summary>Runs a load on a service, judges what its devices saw, and keeps what went to its disk.</summary>
    /// <param name="messages">How many each device sends.</param>
    /// <param name="random">Where the load's randomness comes from.</param>
    /// <param name="keptBytes">What retention leaves of the messages; 0 for all.</param>
    public static async Task<PowerCuts> RecordAsync(int messages, Random random, long keptBytes = 0)
    {
        using var disk = new WatchedDisk(isRecorded: true);
        await using var server = new ServerProcess([.. Settings, $"--Messaging:Retention:Bytes={keptBytes}"]);
        foreach (var (name, value) in disk.Environment(server.Ledger))
            server.Environment[name] = value;
        // Long enough that whoever is told too early is seen to be.
        disk.SyncDelay = TimeSpan.FromMilliseconds(2);
        await server.StartAsync();
        await using var load = LedgerLoad.Start(server.Address, () => disk.Operations, random);
        using var done = new CancellationTokenSource();
        var watching = Task.Run(() => WatchHeadAsync(server.Ledger + ".head", disk, done.Token));
        load.Send(messages);
        var account = new AccountLoad(server.Address, "alice", "phone", load.Told, () => disk.Operations).RunAsync(AccountRounds);
        await load.DrainAsync();
        await account;
        await load.StopAsync();
        Assert.That(await server.StopAsync(), Is.Zero, server.Output);
        await done.CancelAsync();
        load.History.Judge(LedgerAudit.Read(server.Ledger)).Require();
        return new PowerCuts(load.Told, DiskRecord.ReadLog(disk.LogPath), await watching, keptBytes > 0);
    }

    private static async Task<List<(long Operation, byte[] Head)>> WatchHeadAsync(
        string path, WatchedDisk disk, CancellationToken cancellationToken)
    {
        var heads = new List<(long, byte[] Head)>();
        while (!cancellationToken.IsCancellationRequested)
        {
            // What is read before the changes are counted was there at that count.
            if (File.Exists(path) && await File.ReadAllBytesAsync(path, CancellationToken.None) is var head
                && (heads.Count == 0 || !head.AsSpan().SequenceEqual(heads[^1].Head)))
                heads.Add((disk.Operations, head));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None);
        }

        return heads;
    }

    /// <summary>
    /// Cuts the power at so many points: half of them evenly spread, the others just before a sync comes back, when the
    /// most is at stake.
    /// </summary>
    /// <param name="points">How many; all there are, if there are fewer.</param>
    /// <param name="seed">What survives beyond what must is drawn from it, the point and the model.</param>
    public async Task<PowerCutReport> CutAsync(int points, int seed)
    {
        var watch = Stopwatch.StartNew();
        var report = new PowerCutReport();
        var images = Channel.CreateBounded<Image>(new BoundedChannelOptions(4) { SingleWriter = true });
        using var broken = new CancellationTokenSource();
        await Task.WhenAll(
            Task.Run(() => CutAsync(points, seed, images.Writer, report, watch, broken.Token)),
            Task.Run(() => JudgeAsync(images.Reader, report, broken)),
            Task.Run(() => JudgeAsync(images.Reader, report, broken)));
        report.Elapsed = watch.Elapsed;
        return report;
    }

    private async Task CutAsync(
        int points, int seed, ChannelWriter<Image> images, PowerCutReport report, Stopwatch watch, CancellationToken broken)
    {
        var chosen = Choose(points);
        var cut = new CutDisk();
        var said = TimeSpan.Zero;
        foreach (var record in records)
        {
            cut.Apply(record);
            if (!chosen.Contains(record.Number))
                continue;
            report.Points++;
            foreach (var model in Enum.GetValues<PowerCut>())
            {
                // Not a hash code, which is another in every process: a cut can be made again from its seed.
                var random = new Random(unchecked((seed * 31) + ((int)record.Number * 7919) + (int)model));
                await images.WriteAsync(new Image(record.Number, model, cut.Cut(model, random), random), broken);
            }

            if (watch.Elapsed - said > TimeSpan.FromSeconds(10))
            {
                said = watch.Elapsed;
                await TestContext.Progress.WriteLineAsync($"of {chosen.Count} points: {report}");
            }
        }

        images.Complete();
    }

    private HashSet<long> Choose(int points)
    {
        var all = records.Select(record => record.Number).ToArray();
        var eves = records.Where(record => record.Entry == DiskEntry.Synced).Select(record => record.Number - 1).ToArray();
        return [.. Spread(eves, points / 2), .. Spread(all, points >= all.Length ? points : points - (points / 2))];
    }

    /// <summary>So many of them, evenly spread, the last one included.</summary>
    private static IEnumerable<long> Spread(long[] all, int count) =>
        all.Where((_, i) => (i + 1L) * Math.Min(count, all.Length) / all.Length > (long)i * Math.Min(count, all.Length) / all.Length);

    private async Task JudgeAsync(ChannelReader<Image> images, PowerCutReport report, CancellationTokenSource broken)
    {
        try
        {
            using var folder = TemporaryFolder.CreateInMemory();
            var judge = new CutJudge(told, isRetained);
            await foreach (var image in images.ReadAllAsync(broken.Token))
            {
                foreach (var left in Directory.GetFiles(folder.Path))
                    File.Delete(left);
                foreach (var (file, bytes) in image.Files)
                    await File.WriteAllBytesAsync(folder.File(Names[(int)file]), bytes, broken.Token);
                if (heads?.LastOrDefault(head => head.Operation <= image.Operation).Head is { } head)
                    await File.WriteAllBytesAsync(folder.File(Names[0] + ".head"), head, broken.Token);
                report.Add(image, await judge.JudgeAsync(folder.File(Names[0]), image.Operation, image.Random));
            }
        }
        catch
        {
            await broken.CancelAsync();
            throw;
        }
    }

    /// <summary>What one cut leaves.</summary>
    internal sealed record Image(long Operation, PowerCut Model, Dictionary<DiskFile, byte[]> Files, Random Random);
}
