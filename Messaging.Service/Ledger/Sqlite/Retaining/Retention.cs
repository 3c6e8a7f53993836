using System.Threading.Channels;

namespace Messaging.Service.Ledger.Sqlite.Retaining;

/// <summary>
/// Has the writer remove what need not be kept any longer, in small steps with pauses between them, so that most batches
/// are without one. Off the answer path.
/// </summary>
internal sealed class Retention(
    RetentionPlan plan, ChannelWriter<Submission> work, LedgerMeter meter, LedgerCondition condition, TimeProvider time,
    ILogger logger) : IDisposable
{
    private static readonly TimeSpan BetweenSteps = TimeSpan.FromMilliseconds(10);

    /// <summary>Where nothing is to be done, or the disk could not take it.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    /// <summary>Works until it is told to stop, the writer ends, or the file turns out to be damaged.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (await NextAsync(stopping) is { } pause)
                await Task.Delay(pause, time, stopping);
        }
        catch (Exception ended) when (ended is OperationCanceledException or ChannelClosedException)
        {
            // The service stops, or the writer has.
        }
    }

    public void Dispose() => plan.Dispose();

    /// <returns>How long to wait for the next; null for no next.</returns>
    private async Task<TimeSpan?> NextAsync(CancellationToken stopping)
    {
        RetentionStep? step;
        bool isAtRest;
        try
        {
            step = plan.Next(out isAtRest);
        }
        catch (Exception exception) when (exception is LedgerUnusableException or LedgerFailureException { IsRot: true })
        {
            return Damaged(exception.Message);
        }
        catch (LedgerFailureException failure)
        {
            logger.RetentionFailed(failure.Message);
            return BetweenLooks;
        }

        if (step is null)
            return isAtRest ? BetweenLooks : BetweenSteps;
        await work.WriteAsync(step, stopping);
        await step.Settled.WaitAsync(stopping);
        if (step.Damage is { } damage)
            return Damaged(damage);
        if (step.Settlement != Settlement.Recorded)
        {
            plan.Refused();
            return BetweenLooks;
        }

        plan.Done(step);
        meter.Retained(step.Took, step.Rows.Count, step.Bytes);
        return BetweenSteps;
    }

    private TimeSpan? Damaged(string what)
    {
        if (condition.Damaged(what))
            logger.RotFound(what);
        return null;
    }
}
