using Messaging.Service.Ledger.Sqlite;
using SQLitePCL;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>What goes wrong with the service and its ledger.</summary>
internal sealed class Faults(World world)
{
    private static readonly WriterPoint[] BeforeCommit = [WriterPoint.Begun, WriterPoint.Taken, WriterPoint.Written];
    private static readonly WriterPoint[] Points = Enum.GetValues<WriterPoint>();

    // Batches that the store still refuses, and where in them.
    private int refusals;
    private WriterPoint refusesAt;
    private bool isFull;

    private Random Random => world.Random;

    private Story Story => world.Story;

    /// <summary>The store is well again.</summary>
    public void Heal() => refusals = 0;

    /// <summary>The writer works a batch, or is refused it.</summary>
    public bool Step()
    {
        if (world.Service is not { } service)
            return false;
        if (refusals == 0)
            return service.Step();

        var taken = Random.Next(3);
        return service.Step(
            point =>
            {
                if (refusals == 0 || point != refusesAt || (point == WriterPoint.Taken && taken-- > 0))
                    return;
                refusals--;
                Story.Fault($"a batch is refused at {point}");
                throw new LedgerFailureException("made up", isFull ? raw.SQLITE_FULL : raw.SQLITE_BUSY);
            },
            isRefusal: true);
    }

    /// <summary>The disk is full, or busy, for some batches.</summary>
    public bool Refuse()
    {
        if (world.Service is null || refusals > 0)
            return false;
        (refusals, refusesAt, isFull) = (Random.Next(1, 5), One(BeforeCommit), Random.Next(2) == 0);
        return true;
    }

    /// <summary>The process is killed at any point, between two batches or in one.</summary>
    public async ValueTask<bool> CrashAsync()
    {
        if (world.Service is not { } service)
            return false;
        if (Random.Next(3) == 0 || !CrashInBatch(service))
        {
            Story.Fault("the service is killed between two batches", isCrash: true);
            world.Files.Copy();
        }

        await EndAsync();
        return true;
    }

    /// <summary>The disk fails: the writer stops, and the process with it.</summary>
    public async ValueTask<bool> FailDiskAsync()
    {
        if (world.Service is not { } service)
            return false;
        var (at, hasFailed) = (One([.. BeforeCommit, WriterPoint.Committed]), false);
        try
        {
            service.Step(
                point =>
                {
                    if (point != at)
                        return;
                    hasFailed = true;
                    throw new LedgerFailureException("made up", raw.SQLITE_IOERR);
                },
                isRefusal: true);
        }
        catch (LedgerFailureException failure) when (hasFailed)
        {
            Story.Fault($"the disk fails at {at}", isCrash: true);
            world.Files.Copy();
            service.Fail(failure);
        }

        if (hasFailed)
            await EndAsync();
        return hasFailed;
    }

    /// <summary>The service is told to stop, and will when its streams have ended.</summary>
    public bool Stop()
    {
        if (world.Service is not { IsStopping: false } service)
            return false;
        Story.Fault("the service is told to stop");
        service.Stop();
        return true;
    }

    public bool Start()
    {
        if (world.Service is not null)
            return false;
        world.StartService();
        return true;
    }

    private bool CrashInBatch(ServiceProcess service)
    {
        var (at, taken) = (One(Points), Random.Next(3));
        var logBefore = world.Files.LogLength();
        var isTorn = Random.Next(3) == 0;
        try
        {
            service.Step(point =>
            {
                if (point != at || (point == WriterPoint.Taken && taken-- > 0))
                    return;
                var log = world.Files.LogLength();
                var isLogTorn = isTorn && at == WriterPoint.Committed && log > logBefore;
                Story.Fault($"the service is killed at {at}{(isLogTorn ? ", and the log is torn" : "")}", isCrash: true);
                world.Files.Copy(isLogTorn ? Random.NextInt64(logBefore, log) : long.MaxValue);
                throw new KilledException();
            });
        }
        catch (KilledException)
        {
            return true;
        }

        return false;
    }

    // What it has told anyone before may still get out.
    private async Task EndAsync()
    {
        await OneThread.RestAsync();
        for (var words = Random.Next(6); words > 0 && world.Network.TryMove(Random); words--)
            await OneThread.RestAsync();
        await world.KillServiceAsync();
    }

    private T One<T>(T[] of) => of[Random.Next(of.Length)];

    private sealed class KilledException : Exception;
}
