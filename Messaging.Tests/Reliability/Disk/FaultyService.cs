using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>How a service took a fault of its disk.</summary>
internal enum FaultOutcome
{
    /// <summary>The fault met nothing.</summary>
    Missed,

    /// <summary>It runs, and has answered everything.</summary>
    WentOn,

    /// <summary>It ended, with exit code 1 and a reason.</summary>
    Ended,

    /// <summary>It was killed.</summary>
    Killed,
}

/// <summary>
/// A service under load on a disk that is given one fault after the other. Whatever it does, each time it runs again on
/// a disk that is whole everything is answered, and in the end the history of all of it is judged.
/// </summary>
internal sealed class FaultyService : IAsyncDisposable
{
    private const int Killed = 137;

    private readonly ServerProcess server;
    private bool isRunning;
    private long retried;

    private FaultyService(Random random, bool isRecorded)
    {
        // Checkpoints and folds come often.
        server = new ServerProcess(
            "--Messaging:Ledger:TailRows=50", "--Messaging:Ledger:CheckpointPages=32", "--Messaging:Streams:DrainTimeout=00:00:02");
        Disk = new WatchedDisk(isRecorded);
        foreach (var (name, value) in Disk.Environment(server.Ledger))
            server.Environment[name] = value;
        Load = LedgerLoad.Start(server.Address, () => Disk.Operations, random);
    }

    public WatchedDisk Disk { get; }

    public LedgerLoad Load { get; }

    public string Address => server.Address;

    /// <summary>Whether the process that was started last has ended.</summary>
    public bool HasEnded => server.ExitCode is not null;

    /// <summary>What the service has written.</summary>
    public string Output => server.Output;

    /// <summary>A service that has not been started: the first fault decides how that goes.</summary>
    public static FaultyService Create(Random random, bool isRecorded = false) => new(random, isRecorded);

    /// <summary>Starts the service if it does not run; the disk is whole.</summary>
    public async Task StartAsync()
    {
        Disk.End();
        if (isRunning)
            return;
        await server.StartAsync();
        isRunning = true;
    }

    /// <summary>Gives the disk a fault and the service some work, and sees how that goes.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="messages">How many messages each device sends.</param>
    public async Task<FaultOutcome> TryAsync(DiskFault fault, int messages = 6)
    {
        var said = Output.Length;
        Disk.Begin(fault);
        Load.Send(messages);
        if (!isRunning && !await TryStartAsync())
            return await EndedAsync(fault, said);

        // A disk that is full for ever answers nothing: the tests of that end it themselves.
        await Load.DoneAsync(isOver: () => server.ExitCode is not null);
        Disk.End();
        if (server.ExitCode is not null || IsFatal(fault))
            return await EndedAsync(fault, said);
        return Disk.Struck > 0 ? FaultOutcome.WentOn : FaultOutcome.Missed;
    }

    /// <summary>Gives the disk a fault for a whole life of the service, its start and its end included.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="messages">How many messages each device sends.</param>
    public async Task<FaultOutcome> TryLifeAsync(DiskFault fault, int messages = 6)
    {
        if (isRunning)
            Assert.That(await StopAsync(), Is.Zero, Output);
        var said = Output.Length;
        var outcome = await TryAsync(fault, messages);
        if (!isRunning)
            return outcome;

        Disk.Resume(fault);
        isRunning = false;
        var code = await server.StopAsync();
        Disk.End();
        if (code != 0 || IsFatal(fault))
            return await EndedAsync(fault, said);
        Load.History.Fault("stopped", isCrash: false);
        return Disk.Struck > 0 ? FaultOutcome.WentOn : FaultOutcome.Missed;
    }

    /// <summary>Stops the service; its exit code.</summary>
    /// <param name="fault">What the disk has meanwhile, if not nothing.</param>
    public async Task<int> StopAsync(DiskFault? fault = null)
    {
        Disk.End();
        if (fault is not null)
            Disk.Begin(fault);
        isRunning = false;
        var code = await server.StopAsync();
        Load.History.Fault("stopped", isCrash: false);
        Disk.End();
        return code;
    }

    /// <summary>Runs on a whole disk until everything is answered and has arrived, and judges all that was seen.</summary>
    public async Task JudgeAsync()
    {
        await StartAsync();
        Load.Send(3);
        await Load.DrainAsync();
        await Load.StopAsync();
        Assert.That(await StopAsync(), Is.Zero, Output);
        Load.History.Judge(LedgerAudit.Read(server.Ledger)).Require();
        Assert.That(Disk.Loaded, Is.Positive, "the library is there");
    }

    public async ValueTask DisposeAsync()
    {
        await Load.DisposeAsync();
        await server.DisposeAsync();
        Disk.Dispose();
    }

    private async Task<bool> TryStartAsync()
    {
        try
        {
            await server.StartAsync();
            return isRunning = true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether it has struck, and must end the process: after a sync that failed nobody knows what is on the disk. A full
    /// disk is no reason to end, nor is a file that can't be removed.
    /// </summary>
    private bool IsFatal(DiskFault fault)
    {
        var failed = Disk.Struck - (fault.Action == DiskAction.Half ? 1 : 0);
        return failed > 0 && (fault.Action is DiskAction.KillBefore or DiskAction.KillAfter
            || fault.Call is DiskCall.Sync or DiskCall.Truncate
            || fault is { Call: DiskCall.Write, Error: DiskError.Io });
    }

    /// <summary>The process ends, or has ended, because of the fault and in no other way than it should.</summary>
    private async Task<FaultOutcome> EndedAsync(DiskFault fault, int said)
    {
        isRunning = false;
        await server.ExitAsync().InTime($"the server ends after {fault}");
        Disk.End();
        Load.History.Fault(fault.ToString(), isCrash: true);
        var reason = Output[said..];
        Assert.That(Disk.Struck, Is.Positive, $"it ended by itself:\n{reason}");
        if (fault.Action is DiskAction.KillBefore or DiskAction.KillAfter)
        {
            Assert.That(server.ExitCode, Is.EqualTo(Killed), $"{fault}:\n{reason}");
            return FaultOutcome.Killed;
        }

        Assert.That(server.ExitCode, Is.EqualTo(1), $"{fault}:\n{reason}");
        Assert.That(
            reason, Does.Contain("The ledger can't be trusted any more and stops").Or.Contain("can't be opened")
                .Or.Contain("is not a usable ledger").Or.Contain("must be where a file can be written"),
            $"{fault}: the reason");

        // A file that can't be created SQLite takes back, and syncs what it took back; nobody has been told anything then.
        if (reason.Contains("Messaging listens on", StringComparison.Ordinal))
            Assert.That(Disk.Retried, Is.EqualTo(retried), $"{fault}: a sync was tried again:\n{reason}");
        retried = Disk.Retried;
        return FaultOutcome.Ended;
    }
}
