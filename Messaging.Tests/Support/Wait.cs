using System.Diagnostics;

namespace Messaging.Tests.Support;

/// <summary>Waiting with a deadline: a test never hangs, and says what it waited for in vain.</summary>
internal static class Wait
{
    /// <summary>Far above what anything here takes on a busy machine.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static async Task Eventually(string reason, Func<bool> isTrue, TimeSpan? deadline = null)
    {
        var waited = Stopwatch.StartNew();
        while (!isTrue())
        {
            if (waited.Elapsed > (deadline ?? Deadline))
                throw new TimeoutException($"Never happened: {reason}.");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    public static async Task Eventually(string reason, Func<Task<bool>> isTrue, TimeSpan? deadline = null)
    {
        var waited = Stopwatch.StartNew();
        while (!await isTrue())
        {
            if (waited.Elapsed > (deadline ?? Deadline))
                throw new TimeoutException($"Never happened: {reason}.");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    public static async Task InTime(this Task task, string reason, TimeSpan? deadline = null)
    {
        try
        {
            await task.WaitAsync(deadline ?? Deadline, TimeProvider.System);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Never happened: {reason}.");
        }
    }

    public static async Task<T> InTime<T>(this Task<T> task, string reason, TimeSpan? deadline = null)
    {
        await ((Task)task).InTime(reason, deadline);
        return await task;
    }

    public static Task InTime(this ValueTask task, string reason, TimeSpan? deadline = null) =>
        task.AsTask().InTime(reason, deadline);

    public static Task<T> InTime<T>(this ValueTask<T> task, string reason, TimeSpan? deadline = null) =>
        task.AsTask().InTime(reason, deadline);
}
