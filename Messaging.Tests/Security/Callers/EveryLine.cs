using Messaging.Tests.Client.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Messaging.Tests.Security.Callers;

/// <summary>Everything that a service logs, of every category, at the lowest level.</summary>
internal sealed class EveryLine : ILoggerProvider
{
    private readonly EveryLog log = new();

    public IReadOnlyCollection<string> Lines => log.Lines;

    public void AddTo(WebApplicationBuilder builder)
    {
        builder.Logging.AddProvider(this);
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        builder.Logging.AddFilter<EveryLine>(null, LogLevel.Trace);
    }

    public ILogger CreateLogger(string categoryName) => log;

    public void Dispose()
    {
    }
}
