using System.Diagnostics;
using Messaging.Client;

namespace Messaging.Benchmarks.Soak;

/// <summary>A message on its way.</summary>
/// <param name="handle">Of the client that runs now.</param>
/// <param name="sentAt">When the application handed it over; a <see cref="Stopwatch"/> timestamp.</param>
internal sealed class SentMessage(SendHandle handle, long sentAt)
{
    public SendHandle Handle { get; private set; } = handle;

    public long SentAt => sentAt;

    /// <summary>The next client of the same store goes on with it.</summary>
    /// <returns>False where that does not know it.</returns>
    public async Task<bool> GoOnAsync(MessagingClient client)
    {
        if (await client.FindAsync(Handle.Id) is not { } found)
            return false;
        Handle = found;
        return true;
    }
}
