using Messaging.Service.Ledger;

namespace Messaging.Service.Hosting;

/// <summary>
/// Opens the ledger before the server listens, closes it after the last stream has ended, and stops the service when
/// the disk can no longer be trusted.
/// </summary>
internal sealed partial class LedgerHost(
    OpenLedger open, IServiceProvider services, IHostApplicationLifetime lifetime, ILogger<LedgerHost> logger)
    : IHostedService, IAsyncDisposable
{
    private ILedger? _ledger;
    private Task _watching = Task.CompletedTask;

    public ILedger Ledger => _ledger ?? throw new InvalidOperationException("The ledger is not open");

    /// <summary>The service stops, or has stopped, because the ledger failed.</summary>
    public bool HasFailed { get; private set; }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _ledger = await open(services, cancellationToken);
        _watching = WatchAsync(_ledger);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_ledger is not { } ledger)
            return;
        await ledger.DisposeAsync();
        await _watching;
    }

    private async Task WatchAsync(ILedger ledger)
    {
        try
        {
            await ledger.Completion;
        }
        catch (Exception fault)
        {
            HasFailed = true;
            LedgerFailed(fault);
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(400, LogLevel.Critical, "The ledger failed: nothing more is accepted, the service stops")]
    private partial void LedgerFailed(Exception fault);
}
