using System.Diagnostics;
using Messaging.Benchmarks.Chat;
using Messaging.Faults;
using Microsoft.Data.Sqlite;

namespace Messaging.Benchmarks.Soak;

/// <summary>
/// Breaks things at random times drawn from a seed: network, service, clients and a reader of the ledger's file, each in
/// its own time.
/// </summary>
internal sealed class SoakFaults(
    SoakOptions options, ServerProcess service, FaultProxy proxy, IReadOnlyList<SoakDevice> devices)
    : IDisposable
{
    private static readonly SoakFault[] Frequent =
        [SoakFault.Cut, SoakFault.Stall, SoakFault.HalfOpen, SoakFault.Slow, SoakFault.Freeze];

    private static readonly SoakFault[] Restarts = [SoakFault.Drain, SoakFault.Kill];

    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly List<FaultTime> _past = [];
    private readonly List<Task> _dead = [];
    private readonly SemaphoreSlim _process = new(1);

    /// <summary>All that are over.</summary>
    public IReadOnlyList<FaultTime> Past
    {
        get
        {
            lock (_lock)
                return [.. _past];
        }
    }

    /// <summary>Whether the service is up, as far as nobody has ended it on purpose.</summary>
    public bool IsServing { get; private set; } = true;

    /// <summary>Ends when cancelled and everything works again, or with what has gone wrong.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var random = new Random(options.Seed);
        await Task.WhenAll(
            RepeatAsync(options.Gap, InTurn(Frequent), cancellationToken),
            RepeatAsync(options.Restarts, InTurn(Restarts), cancellationToken),
            RepeatAsync(options.Gap * 1.5, ReopenAsync, cancellationToken),
            RepeatAsync(options.Gap * 8, ReadAsync, cancellationToken));
        await Task.WhenAll(_dead);

        async Task RepeatAsync(TimeSpan gap, Func<Random, CancellationToken, Task> act, CancellationToken cancellation)
        {
            var own = new Random(random.Next());
            try
            {
                while (true)
                {
                    await Task.Delay(gap * (0.5 + own.NextDouble()), TimeProvider.System, cancellation);
                    await act(own, cancellation);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
            }
        }
    }

    public void Dispose() => _process.Dispose();

    // Each kind comes once before any comes again.
    private Func<Random, CancellationToken, Task> InTurn(SoakFault[] kinds)
    {
        var drawn = new Queue<SoakFault>();
        return (random, _) =>
        {
            if (drawn.Count == 0)
            {
                var order = kinds.ToArray();
                random.Shuffle(order);
                drawn = new Queue<SoakFault>(order);
            }

            return StrikeAsync(drawn.Dequeue(), random);
        };
    }

    private Task StrikeAsync(SoakFault fault, Random random)
    {
        var lasts = Lasting(random, 1, 6);
        return fault switch
        {
            SoakFault.Cut => NetworkAsync(fault, FaultKind.Reset, TimeSpan.Zero, random),
            SoakFault.Stall => NetworkAsync(fault, FaultKind.Stall, lasts, random),
            SoakFault.Slow => NetworkAsync(fault, FaultKind.Slow, lasts * 2, random),
            SoakFault.HalfOpen => HalfOpenAsync(random),
            SoakFault.Drain => WithProcessAsync(fault, () => RestartAsync(isDrained: true, random)),
            SoakFault.Kill => WithProcessAsync(fault, () => RestartAsync(isDrained: false, random)),
            SoakFault.Freeze => WithProcessAsync(fault, () => FreezeAsync(lasts)),
            _ => throw new UnreachableException(),
        };
    }

    private async Task WithProcessAsync(SoakFault fault, Func<Task> breaking)
    {
        await _process.WaitAsync();
        try
        {
            await DuringAsync(fault, breaking);
        }
        finally
        {
            _process.Release();
        }
    }

    private Task NetworkAsync(SoakFault fault, FaultKind kind, TimeSpan lasts, Random random)
    {
        var (all, piece) = (random.Next(2) == 0, random.Next(20, 200));
        return DuringAsync(fault, () => proxy.StrikeAsync(
            new Fault(kind, Direction.Up, AfterBytes: null, TimeSpan.Zero, lasts, piece), () => all || random.Next(2) == 0));
    }

    // Whoever is met finds out by silence; nothing waits for it.
    private Task HalfOpenAsync(Random random)
    {
        _dead.RemoveAll(task => task.IsCompletedSuccessfully);
        _dead.Add(NetworkAsync(SoakFault.HalfOpen, FaultKind.HalfOpen, options.Heartbeat * 4, random));
        return Task.CompletedTask;
    }

    private async Task RestartAsync(bool isDrained, Random random)
    {
        IsServing = false;
        if (isDrained && await service.StopAsync() is var code and not 0)
            throw new ViolationException($"the service ended with {code} when it was told to stop");
        await service.KillAsync();
        await Task.Delay(Lasting(random, 0, 3), TimeProvider.System);
        try
        {
            await service.StartAsync();
        }
        catch (Exception failed) when (failed is InvalidOperationException or TimeoutException)
        {
            throw new ViolationException($"the service does not start again: {failed.Message}");
        }

        IsServing = true;
    }

    private async Task FreezeAsync(TimeSpan lasts)
    {
        service.Pause();
        try
        {
            await Task.Delay(lasts, TimeProvider.System);
        }
        finally
        {
            service.Resume();
        }
    }

    private Task ReopenAsync(Random random, CancellationToken cancellationToken)
    {
        var device = devices[random.Next(devices.Count)];
        return DuringAsync(SoakFault.Reopen, async () =>
        {
            await device.CloseAsync();
            await Task.Delay(Lasting(random, 0, 5), TimeProvider.System);
            await device.OpenAsync();
        });
    }

    private Task ReadAsync(Random random, CancellationToken cancellationToken) =>
        DuringAsync(SoakFault.Reader, async () =>
        {
            await using var connection = new SqliteConnection($"Data Source={service.Ledger};Mode=ReadOnly;Pooling=False");
            try
            {
                await connection.OpenAsync(CancellationToken.None);
                await using var command = connection.CreateCommand();
                command.CommandText = "BEGIN; SELECT seq FROM journal LIMIT 1";
                await command.ExecuteScalarAsync(CancellationToken.None);
            }
            catch (SqliteException)
            {
                // The service is about to start or to end, and has the file for itself.
                return;
            }

            await Task.Delay(options.Gap * (1 + (2 * random.NextDouble())), TimeProvider.System, cancellationToken);
        });

    private async Task DuringAsync(SoakFault fault, Func<Task> breaking)
    {
        var from = Stopwatch.GetElapsedTime(_startedAt).TotalSeconds;
        try
        {
            await breaking();
        }
        finally
        {
            lock (_lock)
                _past.Add(new FaultTime(fault, from, Stopwatch.GetElapsedTime(_startedAt).TotalSeconds));
        }
    }

    private static TimeSpan Lasting(Random random, double least, double most) =>
        TimeSpan.FromSeconds(least + ((most - least) * random.NextDouble()));
}
