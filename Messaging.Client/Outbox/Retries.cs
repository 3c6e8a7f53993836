using Polly;

namespace Messaging.Client.Outbox;

/// <summary>
/// The entries that were answered "not advanced", each in a pipeline that sends it again until it is settled. Owns
/// those tasks.
/// </summary>
/// <param name="pipeline">When to try again.</param>
/// <param name="sendAgain">Makes the entry ready to be written, with the source that its next answer completes.</param>
internal sealed class Retries(
    ResiliencePipeline<bool> pipeline, Action<OutboxEntry, TaskCompletionSource<bool>> sendAgain) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Task> _running = [];
    private CancellationTokenSource _ending = new();

    /// <summary>The retry under way goes on, or the first one begins.</summary>
    public void BackOff(OutboxEntry entry)
    {
        if (entry.Attempt?.TrySetResult(false) ?? false)
            return;
        var retrying = RunAsync(entry);
        lock (_gate)
        {
            _running.RemoveAll(t => t.IsCompleted);
            _running.Add(retrying);
        }
    }

    /// <summary>Ends those that are under way; their entries are left as they are. Not beside <see cref="BackOff"/>.</summary>
    public async Task EndAllAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
            _running.Clear();
        }
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
        _ending = new CancellationTokenSource();
    }

    public void Dispose() => _ending.Dispose();

    private async Task RunAsync(OutboxEntry entry)
    {
        var refused = true;
        await pipeline.ExecuteAsync(async cancellationToken =>
        {
            // The pipeline's first try is the one that has just been refused.
            if (!refused)
                return await TryAgainAsync(entry, cancellationToken).ConfigureAwait(false);
            refused = false;
            return false;
        }, _ending.Token).ConfigureAwait(false);
    }

    private async Task<bool> TryAgainAsync(OutboxEntry entry, CancellationToken cancellationToken)
    {
        var attempt = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        sendAgain(entry, attempt);
        return await attempt.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
