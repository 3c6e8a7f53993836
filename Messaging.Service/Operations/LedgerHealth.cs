using Messaging.Service.Ledger;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Messaging.Service.Operations;

/// <summary>Serving as long as the ledger's writer runs.</summary>
internal sealed class LedgerHealth(ILedger ledger, IHostApplicationLifetime lifetime) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if (!ledger.Completion.IsCompleted)
            return HealthCheckResult.Healthy();

        // A service that was told to stop closes its ledger: nobody needs to be woken for that.
        return lifetime.ApplicationStopping.IsCancellationRequested && ledger.Completion.IsCompletedSuccessfully
            ? HealthCheckResult.Degraded("The service is stopping")
            : HealthCheckResult.Unhealthy("The ledger has stopped");
    }
}
