using System.Diagnostics;
using Messaging.Benchmarks.Chat;
using Messaging.Faults;
using Microsoft.Data.Sqlite;

namespace Messaging.Benchmarks.Soak;

/// <summary>
/// Breaks things at random times drawn from a seed: network and service one after the other, clients and a reader of
/// the ledger's file beside them.
/// </summary>
internal sealed class SoakFaults(
    SoakOptions options, ServerProcess service, FaultProxy proxy, IReadOnlyList<SoakDevice> devices)
{
    private static readonly SoakFault[] OneAfterTheOther =
    [
        SoakFault.Cut, SoakFault.Stall, SoakFault.HalfOpen, SoakFault.Slow, SoakFault.Drain, SoakFault.Kill,
        SoakFault.Freeze,
    ];

    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly List<(SoakFault Fault, double From)> _present = [];
    private readonly List<FaultTime> _past = [];
    private readonly List<Task> _dead = [];

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
            RepeatAsync(new Random(random.Next()), 1, StrikeAsync, cancellationToken),
            RepeatAsync(new Random(random.Next()), 1.5, ReopenAsync, cancellationToken),
            RepeatAsync(new Random(random.Next()), 8, ReadAsync, cancellationToken));
        await Task.WhenAll(_dead);
    }

    private async Task RepeatAsync(
        Random random, double gaps, Func<Random, CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(
                    options.Gap * gaps * (0.5 + random.NextDouble()), TimeProvider.System, cancellationToken);
                await act(random, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private readonly Queue<SoakFault> _drawn = new();

    // Each kind comes once before any comes again.
    private SoakFault Draw(Random random)
    {
        if (_drawn.Count == 0)
        {
            var order = OneAfterTheOther.ToArray();
            random.Shuffle(order);
            foreach (var fault in order)
                _drawn.Enqueue(fault);
        }

        return _drawn.Dequeue();
    }

    private Task StrikeAsync(Random random, CancellationToken cancellationToken)
    {
        var fault = Draw(random);
        var lasts = Lasting(random, 1, 6);
        return fault switch
        {
            SoakFault.Cut => NetworkAsync(fault, FaultKind.Reset, TimeSpan.Zero, random),
            SoakFault.Stall => NetworkAsync(fault, FaultKind.Stall, lasts, random),
            SoakFault.Slow => NetworkAsync(fault, FaultKind.Slow, lasts * 2, random),
            SoakFault.HalfOpen => HalfOpenAsync(random),
            SoakFault.Drain => DuringAsync(fault, () => RestartAsync(isDrained: true, random)),
            SoakFault.Kill => DuringAsync(fault, () => RestartAsync(isDrained: false, random)),
            SoakFault.Freeze => DuringAsync(fault, () => FreezeAsync(lasts)),
            _ => throw new UnreachableException(),
        };
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
        lock (_lock)
            _present.Add((fault, from));
        try
        {
            await breaking();
        }
        finally
        {
            lock (_lock)
            {
                _present.Remove((fault, from));
                _past.Add(new FaultTime(fault, from, Stopwatch.GetElapsedTime(_startedAt).TotalSeconds));
            }
        }
    }

    private static TimeSpan Lasting(Random random, double least, double most) =>
        TimeSpan.FromSeconds(least + ((most - least) * random.NextDouble()));
}
