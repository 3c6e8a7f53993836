using Messaging.Service.Ledger;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Messaging.Service.Operations;

/// <summary>
/// Serving as long as the ledger's writer runs and nothing in its file is known to be damaged. That it may have gone back
/// in time only degrades it: any client can claim that, and must not be able to take the service away from the others.
/// </summary>
internal sealed class LedgerHealth(ILedger ledger, LedgerCondition condition, IHostApplicationLifetime lifetime) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if (condition.Damage is { } damage)
            return HealthCheckResult.Unhealthy($"The ledger is damaged: {damage}");
        if (!ledger.Completion.IsCompleted)
        {
            return condition.Doubt is { } doubt
                ? HealthCheckResult.Degraded($"The ledger may have gone back in time: {doubt}")
                : HealthCheckResult.Healthy();
        }

        // A service that was told to stop closes its ledger: nobody needs to be woken for that.
        return lifetime.ApplicationStopping.IsCancellationRequested && ledger.Completion.IsCompletedSuccessfully
            ? HealthCheckResult.Degraded("The service is stopping")
            : HealthCheckResult.Unhealthy("The ledger has stopped");
    }
}
