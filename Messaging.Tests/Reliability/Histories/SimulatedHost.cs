using Microsoft.Extensions.Hosting;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>Tells the sessions that the service is to stop.</summary>
internal sealed class SimulatedHost : IHostApplicationLifetime, IDisposable
{
    private readonly CancellationTokenSource stopping = new();

    public CancellationToken ApplicationStarted => CancellationToken.None;

    public CancellationToken ApplicationStopping => stopping.Token;

    public CancellationToken ApplicationStopped => CancellationToken.None;

    public void StopApplication() => stopping.Cancel();

    public void Dispose() => stopping.Dispose();
}
