using Messaging.Service.Ledger;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Messaging.Service.Operations;

/// <summary>Serving as long as the ledger's writer runs.</summary>
internal sealed class LedgerHealth(ILedger ledger) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            ledger.Completion.IsCompleted
                ? HealthCheckResult.Unhealthy("The ledger has stopped")
                : HealthCheckResult.Healthy());
}
