using System.Net.Sockets;

namespace Messaging.Faults;

/// <summary>One direction of a connection: carries bytes as long, and as fast, as it is let.</summary>
internal sealed class ProxyLane(Direction way, Socket from, Socket to, FaultCounts counts)
{
    private readonly Lock gate = new();
    private readonly byte[] buffer = new byte[16 * 1024];
    private TaskCompletionSource moved = NewSource();
    private LaneState state = LaneState.Passes;
    private int piece;
    private long left = long.MaxValue;
    private TaskCompletionSource? reached;
    private bool hasFinished;

    /// <summary>What becomes of its bytes now.</summary>
    public LaneState State
    {
        get
        {
            lock (gate)
                return state;
        }
    }

    /// <summary>Ends with the FIN of the side that sends, which is handed on; throws what a socket throws.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await from.ReceiveAsync(buffer, cancellationToken) is > 0 and var read)
        {
            for (var done = 0; done < read;)
                done += await CarryAsync(buffer.AsMemory(done, read - done), cancellationToken);
        }

        // Behind bytes that are held or lost, the FIN is too.
        if (await WhileHeldAsync(cancellationToken) == LaneState.Loses)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        Finish();
    }

    /// <summary>Holds everything back after exactly so many more bytes.</summary>
    /// <returns>Ends when it does.</returns>
    public Task StopAfterAsync(long bytes)
    {
        lock (gate)
        {
            left = bytes;
            reached = NewSource();
            return reached.Task;
        }
    }

    /// <summary>From now on.</summary>
    /// <param name="next">What becomes of the bytes.</param>
    /// <param name="size">How many pass at once while it trickles.</param>
    public void Move(LaneState next, int size = 0)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            (state, piece, left, reached) = (next, size, long.MaxValue, null);
            told = moved;
            moved = NewSource();
        }

        told.TrySetResult();
    }

    /// <summary>Tells the side that receives that nothing more comes; what still does is dropped.</summary>
    public void Finish()
    {
        lock (gate)
        {
            if (hasFinished)
                return;
            hasFinished = true;
        }

        Move(LaneState.Drops);
        to.Shutdown(SocketShutdown.Send);
    }

    private async Task<int> CarryAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var now = await WhileHeldAsync(cancellationToken);
        int size, most;
        lock (gate)
        {
            most = piece;
            size = (int)Math.Min(left, now == LaneState.Trickles ? Math.Min(most, bytes.Length) : bytes.Length);
        }

        if (now == LaneState.Trickles)
            await Task.Delay(TimeSpan.FromMilliseconds(most == 1 ? 1 : 10), TimeProvider.System, cancellationToken);
        if (now is LaneState.Passes or LaneState.Trickles)
        {
            await to.SendAsync(bytes[..size], cancellationToken);
            counts.Passed(way, size);
        }

        Count(size);
        return size;
    }

    private void Count(int size)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            if (reached is null || (left -= size) > 0)
                return;
            told = reached;
            (state, left, reached) = (LaneState.Holds, long.MaxValue, null);
        }

        told.TrySetResult();
    }

    private async Task<LaneState> WhileHeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            lock (gate)
            {
                if (state != LaneState.Holds)
                    return state;
                change = moved.Task;
            }

            await change.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
