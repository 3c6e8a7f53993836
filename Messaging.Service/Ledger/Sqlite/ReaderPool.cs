using System.Collections.Concurrent;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// A few readers, each with a connection of its own, for whoever comes: one at a time has each of them. Safe for
/// concurrent use.
/// </summary>
internal sealed class ReaderPool<TReader> : IDisposable
    where TReader : class, IDisposable
{
    private readonly LedgerCondition _condition;
    private readonly ILogger _logger;
    private readonly ConcurrentBag<TReader> _idle = [];
    private readonly SemaphoreSlim _free;

    public ReaderPool(Func<TReader> make, int count, LedgerCondition condition, ILogger logger)
    {
        (_condition, _logger) = (condition, logger);
        _free = new SemaphoreSlim(count, count);
        for (var i = 0; i < count; i++)
            _idle.Add(make());
    }

    /// <summary>Reads, on the caller's thread, once a reader is free.</summary>
    /// <exception cref="ObjectDisposedException">It has been closed.</exception>
    public async ValueTask<TResult> ReadAsync<TArgument, TResult>(
        TArgument argument, Func<TReader, TArgument, TResult> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(!_idle.TryTake(out var reader), this);
            try
            {
                return read(reader!, argument);
            }
            catch (Exception exception) when (exception is LedgerUnusableException or LedgerFailureException { IsRot: true })
            {
                // What was found is never served.
                if (_condition.Damaged(exception.Message))
                    _logger.RotFound(exception.Message);
                throw;
            }
            finally
            {
                _idle.Add(reader!);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var reader))
            reader.Dispose();
        _free.Dispose();
    }
}
