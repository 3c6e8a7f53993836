using Microsoft.Extensions.Logging;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>Keeps what one process logs and should not, while it lives.</summary>
/// <param name="counts">Whether it should not.</param>
internal sealed class ErrorList<T>(Func<LogLevel, EventId, bool> counts) : ILogger<T>
{
    private readonly List<string> entries = [];
    private bool isAlive = true;

    public IReadOnlyList<string> Entries => entries;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => isAlive && logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel) && counts(logLevel, eventId))
            entries.Add($"{formatter(state, exception)} {exception}".TrimEnd());
    }

    public void Kill() => isAlive = false;
}
