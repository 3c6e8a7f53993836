namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// A process whose thread pool is one thread: what is run in it runs one after the other, in the order in which it was
/// queued, and so a history that draws everything from its seed is the same each time.
/// </summary>
internal static class OneThread
{
    /// <summary>Far above what one event sets off; past it, tasks set each other off for ever.</summary>
    private const int MostRounds = 100_000;

    /// <summary>Makes it so for the whole process, before anything else in it.</summary>
    public static void Require()
    {
        if (!ThreadPool.SetMinThreads(1, 1) || !ThreadPool.SetMaxThreads(1, 1))
            throw new InvalidOperationException("The thread pool cannot be cut down to one thread.");
    }

    /// <summary>Ends when no task has anything to do any more: the caller is on the only thread there is.</summary>
    public static async ValueTask RestAsync()
    {
        for (var rounds = 0; ThreadPool.PendingWorkItemCount > 0; rounds++)
        {
            if (rounds > MostRounds)
                throw new InvalidOperationException("What one event sets off never comes to rest.");
            await Task.Yield();
        }
    }
}
