using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Crowd;

/// <summary>Thousands of devices, each with its connection and its stream, on one thread.</summary>
internal sealed class Crowd(CrowdOptions options) : IAsyncDisposable
{
    private static readonly TimeSpan RetryWithin = TimeSpan.FromSeconds(1);

    private readonly string _run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
    private readonly CancellationTokenSource _stop = new();
    private readonly IdleDevice?[] _devices = new IdleDevice?[options.Devices];
    private readonly Task[] _listening = new Task[options.Devices];

    /// <summary>How many connections could not be made, or were lost, in the last <see cref="ConnectAsync"/>.</summary>
    public int Failures { get; private set; }

    /// <summary>Connects all; ends when every one of them has its first position.</summary>
    /// <param name="atOnce">How many may be on their way to it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How long each took.</returns>
    public async Task<LatencyHistogram> ConnectAsync(int atOnce, CancellationToken cancellationToken)
    {
        Failures = 0;
        var latency = new LatencyHistogram();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        patience.CancelAfter(options.Patience);
        using var room = new SemaphoreSlim(atOnce, atOnce);
        var connected = 0;
        try
        {
            await Task.WhenAll(Enumerable.Range(0, options.Devices).Select(ConnectOneAsync));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ViolationException(
                $"{connected} of {options.Devices} devices had their first position after "
                + $"{options.Patience.TotalSeconds} s, with {Failures} failures");
        }

        return latency;

        async Task ConnectOneAsync(int number)
        {
            var asked = Stopwatch.GetTimestamp();
            await room.WaitAsync(patience.Token);
            var started = atOnce < options.Devices ? Stopwatch.GetTimestamp() : asked;
            _devices[number] = await OpenAsync(number, patience.Token);
            latency.Record(Stopwatch.GetTimestamp() - started);
            connected++;
            room.Release();
            _listening[number] = _devices[number]!.RunAsync(_stop.Token);
        }
    }

    /// <summary>Cuts every connection off, and waits until nobody listens any more.</summary>
    public async Task AbortAsync()
    {
        foreach (var device in _devices)
            device?.Abort();
        await Task.WhenAll(_listening.Where(task => task is not null))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>How many have lost their connection.</summary>
    public int Lost => _listening.Count(task => task is { IsCompleted: true });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await AbortAsync();
        _stop.Dispose();
    }

    private async Task<IdleDevice> OpenAsync(int number, CancellationToken cancellationToken)
    {
        while (true)
        {
            var device = new IdleDevice($"crowd-{_run}-{number}");
            try
            {
                await device.OpenAsync(options.Url, cancellationToken);
                return device;
            }
            catch (Exception e) when (e is CallEndedException or SocketException)
            {
                device.Dispose();
                Failures++;
                var wait = RandomNumberGenerator.GetInt32((int)RetryWithin.TotalMilliseconds);
                await Task.Delay(TimeSpan.FromMilliseconds(wait), TimeProvider.System, cancellationToken);
            }
            catch
            {
                device.Dispose();
                throw;
            }
        }
    }
}
