using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Messaging.Client.Hosting;

/// <summary>
/// Healthy while the client is connected, degraded while it is not (it sends and receives later), unhealthy once it has
/// ended: nothing starts it again.
/// </summary>
internal sealed class MessagingClientHealth(MessagingClient client) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(client.State switch
        {
            ConnectionState.Connected => HealthCheckResult.Healthy("connected"),
            ConnectionState.Closed => HealthCheckResult.Unhealthy("closed"),
            ConnectionState.Failed => HealthCheckResult.Unhealthy("the client has ended", client.Completion.Exception?.InnerException),
            _ => HealthCheckResult.Degraded("not connected"),
        });
}
