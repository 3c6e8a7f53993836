using Messaging.Client;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Client.Support;

internal static class Waits
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Lets the clock go on in steps until the task is done: the client may not have begun to wait yet. Each step takes
    /// a real millisecond, so that a client that gets no processor for a moment does not find itself minutes later, its
    /// stream given up as silent.
    /// </summary>
    public static async Task<T> AdvanceUntilAsync<T>(this FakeTimeProvider time, TimeSpan step, Task<T> task)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!task.IsCompleted)
        {
            deadline.Token.ThrowIfCancellationRequested();
            time.Advance(step);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        return await task;
    }

    /// <summary>Completes when the server has answered the mark.</summary>
    public static async Task Answered(this Task<MarkHandle> marking) => await (await marking).Accepted;

    public static async Task EventuallyAsync(string reason, Func<bool> holds)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!holds())
        {
            Assert.That(deadline.IsCancellationRequested, Is.False, reason);
            await Task.Yield();
        }
    }
}
