using System.Collections.Concurrent;

namespace Messaging.Service.Operations;

/// <summary>
/// A log to which peers can make the service write: of each kind of line only so many in a second, and the next one says
/// how many were left out. Safe for concurrent use.
/// </summary>
internal class BoundedLog(ILogger inner, TelemetryOptions options, TimeProvider time) : ILogger
{
    // As many as the room has messages.
    private readonly ConcurrentDictionary<int, Budget> _budgets = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var budget = _budgets.GetOrAdd(eventId.Id, static (_, time) => new Budget(time), time);
        if (!budget.TryTake(options.LinesPerSecond, out var leftOut))
            return;
        if (leftOut > 0)
            OperationsLog.LeftOut(inner, logLevel, leftOut);
        inner.Log(logLevel, eventId, state, exception, formatter);
    }

    private sealed class Budget(TimeProvider time)
    {
        private readonly Lock _gate = new();
        private long _second = time.GetTimestamp();
        private int _written;
        private int _leftOut;

        public bool TryTake(int most, out int leftOut)
        {
            lock (_gate)
            {
                if (time.GetElapsedTime(_second) >= TimeSpan.FromSeconds(1))
                    (_second, _written) = (time.GetTimestamp(), 0);
                if (_written >= most)
                {
                    leftOut = 0;
                    _leftOut++;
                    return false;
                }

                _written++;
                (leftOut, _leftOut) = (_leftOut, 0);
                return true;
            }
        }
    }
}

/// <summary>A bounded log of a class's own category.</summary>
internal sealed class BoundedLog<T>(ILoggerFactory loggers, TelemetryOptions options, TimeProvider time)
    : BoundedLog(loggers.CreateLogger(typeof(T).FullName!), options, time), ILogger<T>;
