namespace Messaging.Faults;

/// <summary>Far above what anything here takes on a busy machine: nothing waits for ever.</summary>
internal static class Deadline
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    /// <exception cref="TimeoutException">It did not come; with what was waited for.</exception>
    public static async Task ComesAsync(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Length, TimeProvider.System);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Never happened: {what}.");
        }
    }
}
