using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Sockets;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Crowd;

/// <summary>A device that is connected and has nothing to say; it gets heartbeats and answers pings.</summary>
internal sealed class IdleDevice(string user)
    : Device(user, "idle", farthestAhead: 1, CoalescingConnection.IdleReadSize)
{
    /// <summary>Listens until it is cut off.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        while (true)
            await ExchangeAsync(cancellationToken);
    });

    protected override void TakeAnswer(in ReceivedFrame answer, long readAt) => Refuse(answer);

    protected override void TakeEntry(in ReceivedFrame entry, long readAt) => Refuse(entry);

    private static void Refuse(in ReceivedFrame frame) =>
        throw new ViolationException($"nobody wrote to an idle device: {frame.ToString()}");
}
