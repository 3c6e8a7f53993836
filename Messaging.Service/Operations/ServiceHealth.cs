using Grpc.Health.V1;
using Grpc.HealthCheck;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Operations;

/// <summary>
/// Says whether the service is alive and whether it takes streams, and tells the gRPC health service of every change at
/// once. <see cref="State"/> from any thread.
/// </summary>
internal sealed class ServiceHealth(
    HealthServiceImpl health, IServiceProvider services, LedgerCondition condition, IHostApplicationLifetime lifetime)
    : IHostedLifecycleService
{
    /// <summary>The name under which the gRPC health service knows whether the process is of any use.</summary>
    public const string Live = "live";

    /// <summary>The name under which it knows whether streams are taken; so do "" and the service's own name.</summary>
    public const string Ready = "ready";

    private readonly Lock _gate = new();
    private CancellationTokenRegistration _stopping;
    private Task _watching = Task.CompletedTask;
    private volatile HealthState _state;

    public HealthState State => _state;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        Tell();
        _stopping = lifetime.ApplicationStopping.Register(() => Move(HealthState.Draining));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Move(HealthState.Ready);
        _watching = WatchAsync(services.GetRequiredService<ILedger>());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        _stopping.Dispose();
        return _watching; // the ledger is closed by now
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WatchAsync(ILedger ledger)
    {
        if (await Task.WhenAny(ledger.Completion, condition.WhenDamaged) == condition.WhenDamaged)
            Move(HealthState.Damaged);
        await ledger.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ledger.Completion.IsFaulted)
            Move(HealthState.Failed);
    }

    private void Move(HealthState state)
    {
        lock (_gate)
        {
            if (state <= _state)
                return;
            _state = state;
            Tell();
        }
    }

    private void Tell()
    {
        Set(Live, _state < HealthState.Failed);
        foreach (var name in (ReadOnlySpan<string>)["", Ready, MessagingService.Descriptor.FullName])
            Set(name, _state == HealthState.Ready);
    }

    private void Set(string name, bool isServing) => health.SetStatus(
        name,
        isServing ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing);
}
