using Messaging.Tests.Reliability.Judging;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// One seed's history, from its first event to its judgement: session code, client library and ledger, one event at a
/// time, each run to rest before the next.
/// </summary>
internal sealed class SeededHistory : IDisposable
{
    /// <summary>
    /// By the history's own clock: far above the longest back-off, for a fence of three beside a quota of eight lets a
    /// device on by a message or two a stream.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>What is still said once everything has arrived: the last acknowledgements.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(2);

    private static readonly int[] Waits = [5, 5, 5, 50, 50, 50, 300, 300, 1000, 1000, 6000, 40_000];

    private readonly World world;
    private readonly Faults faults;
    private readonly Doings doings;
    private readonly Chance chance;

    private SeededHistory(int seed, byte[] emptyLedger)
    {
        world = new World(seed, emptyLedger);
        (faults, doings) = (new Faults(world), new Doings(world));
        chance = new Chance(world.Random)
            .Add(60, () => world.Network.TryMove(world.Random), isNeeded: true)
            .Add(20, faults.Step, isNeeded: true)
            .Add(10, doings.Send, isNeeded: true)
            .Add(12, doings.AskNext, isNeeded: true)
            .Add(8, WaitAsync, isNeeded: true)
            .Add(3, doings.MarkRead)
            .Add(1, doings.MarkPlayed)
            .Add(1, doings.Report)
            .Add(1, doings.Hint)
            .Add(1, doings.Repeat)
            .Add(0.5, doings.Misuse)
            .Add(0.5, doings.StartOverAsync)
            .Add(1, () => world.Network.TryHold(world.Random))
            .Add(4, () => world.Network.TryLetGo(world.Random), isNeeded: true)
            .Add(2, () => world.Network.TryCut(world.Random))
            .Add(5, () => world.Network.TryNotice(world.Random), isNeeded: true)
            .Add(0.5, () => world.Network.TryLoseEntry(world.Random))
            .Add(1, doings.Kill)
            .Add(0.5, doings.Close)
            .Add(6, doings.Start, isNeeded: true)
            .Add(0.3, doings.StartTwin)
            .Add(1, faults.CrashAsync)
            .Add(0.3, faults.FailDiskAsync)
            .Add(0.5, faults.Stop)
            .Add(6, faults.Start, isNeeded: true)
            .Add(1, faults.Refuse);
    }

    /// <summary>Runs and judges one.</summary>
    /// <param name="seed">Decides all of it.</param>
    /// <param name="emptyLedger">What <see cref="LedgerFiles.CreateEmpty"/> made.</param>
    public static async Task<Outcome> RunAsync(int seed, byte[] emptyLedger)
    {
        using var history = new SeededHistory(seed, emptyLedger);
        try
        {
            await history.RunAsync();
        }
#pragma warning disable CA1031 // Whatever it was, it is this seed's outcome, and the next one begins anew.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            history.world.Fail(exception.ToString());
        }

        return history.Judge(seed);
    }

    public void Dispose() => world.Dispose();

    private async Task RunAsync()
    {
        world.StartService();
        foreach (var device in world.Setting.Devices)
            world.StartApp(device, keepsStore: false);
        await world.SettleAsync();
        for (var events = 0; events < world.Setting.Events; events++)
        {
            await chance.HappenAsync();
            await world.SettleAsync();
        }

        await DrainAsync();
        await CloseAsync();
    }

    private Outcome Judge(int seed)
    {
        LedgerAudit? ledger = null;
        if (world.Complaints.Count == 0)
            ledger = LedgerAudit.Read(world.Files.Current);
        return new Outcome(seed, world.Story.History.Judge(ledger), [.. world.Complaints], world.Story);
    }

    /// <summary>Time goes on, and the network with it, or not.</summary>
    private async ValueTask<bool> WaitAsync()
    {
        var until = world.Time.Elapsed + TimeSpan.FromMilliseconds(Waits[world.Random.Next(Waits.Length)]);
        var flows = world.Random.Next(3) > 0;
        while (world.Time.TryFire(until))
        {
            await world.SettleAsync();
            if (flows)
                await FlowAsync();
        }

        return true;
    }

    /// <summary>Everything that can move on does.</summary>
    private async Task<bool> FlowAsync()
    {
        var hasMoved = false;
        while (world.Network.TryMove(world.Random) || faults.Step())
        {
            hasMoved = true;
            await world.SettleAsync();
        }

        return hasMoved;
    }

    /// <summary>No fault is left, everyone is there and takes what comes, until all has arrived.</summary>
    private async Task DrainAsync()
    {
        world.Story.Tell("no fault is left");
        world.Network.Heal();
        faults.Heal();
        var deadline = world.Time.Elapsed + Patience;
        while (world.Time.Elapsed < deadline)
        {
            foreach (var app in world.Alone())
                doings.Decide(app);
            await CatchUpAsync();
            if (Missing() is not null)
                world.Time.TryFire(world.Time.Elapsed + TimeSpan.FromMilliseconds(100));
            else if (await StaysQuietAsync())
                break;
        }

        if (Missing() is { } missing)
            world.Story.History.Stuck($"after {Patience.TotalMinutes} minutes: {missing}");
        world.Story.History.Drained();
    }

    private async Task<bool> StaysQuietAsync()
    {
        var until = world.Time.Elapsed + Afterwards;
        while (world.Time.TryFire(until))
            await CatchUpAsync();
        return Missing() is null;
    }

    private async Task CatchUpAsync()
    {
        await world.SettleAsync();
        while (await FlowAsync() || faults.Start() || doings.Start() || doings.AskNext()
            || world.Network.TryNotice(world.Random))
            await world.SettleAsync();
    }

    private string? Missing() =>
        world.Apps.Select(static app => app.Waits).FirstOrDefault(static waits => waits is not null)
        ?? (world.Apps.Count != world.Setting.Devices.Count ? "a device has not exactly one process" : null)
        ?? world.Story.History.Missing()?.Text;

    /// <summary>Everyone leaves, and nothing may be left of them.</summary>
    private async Task CloseAsync()
    {
        foreach (var app in world.Apps)
            app.Close();
        await CatchUpWithoutStartAsync(() => world.Apps.Count == 0);
        faults.Stop();
        await CatchUpWithoutStartAsync(() => world.Service is null);
        if (world.Apps.Count > 0 || world.Service is not null)
            world.Fail($"not closed: {string.Join(' ', world.Apps)}{(world.Service is null ? "" : " the service")}");
    }

    private async Task CatchUpWithoutStartAsync(Func<bool> isDone)
    {
        var deadline = world.Time.Elapsed + Patience;
        while (!isDone() && world.Time.Elapsed < deadline)
        {
            await world.SettleAsync();
            while (await FlowAsync() || world.Network.TryNotice(world.Random))
                await world.SettleAsync();
            if (!isDone())
                world.Time.TryFire(world.Time.Elapsed + TimeSpan.FromMilliseconds(100));
        }
    }
}
