using System.Net.Sockets;

namespace Messaging.Faults;

/// <summary>One connection through a proxy, and the faults that it meets one after the other.</summary>
internal sealed class ProxyConnection : IDisposable
{
    private readonly Socket client;
    private readonly Socket server;
    private readonly FaultCounts counts;
    private readonly ProxyLane up;
    private readonly ProxyLane down;
    private readonly CancellationTokenSource ending = new();
    private readonly CancellationTokenSource calming = new();
    private volatile bool tellsDead;

    // One end or both are not to be told that the connection is gone.
    private volatile bool isDead;

    /// <param name="client">The connection of the client.</param>
    /// <param name="server">The connection to the server.</param>
    /// <param name="counts">Where faults and bytes are counted.</param>
    public ProxyConnection(Socket client, Socket server, FaultCounts counts)
    {
        (this.client, this.server, this.counts) = (client, server, counts);
        client.NoDelay = server.NoDelay = true;
        up = new ProxyLane(Direction.Up, client, server, counts);
        down = new ProxyLane(Direction.Down, server, client, counts);
    }

    /// <summary>Ends when both directions have, or a fault has ended them.</summary>
    /// <param name="nextFault">The fault after the one before; null where none is to come.</param>
    public async Task RunAsync(Func<Fault>? nextFault)
    {
        var carrying = Task.WhenAll(CarryAsync(up), CarryAsync(down));
        var striking = nextFault is null ? Task.CompletedTask : StrikeAsync(nextFault);
        await carrying;
        await ending.CancelAsync();
        await striking;
    }

    /// <summary>No more faults. What one has held back goes on; what is dead stays so.</summary>
    /// <param name="tells">Whether both ends of what is dead are told now, by a reset, or never.</param>
    public void Calm(bool tells)
    {
        tellsDead = tells;
        calming.Cancel();
    }

    /// <summary>One fault now, whatever the plan is; ends with the fault, or with the connection.</summary>
    public async Task MeetAsync(Fault fault)
    {
        try
        {
            Strike(fault);
            await Task.Delay(fault.Lasts, TimeProvider.System, ending.Token);
            if (fault.Heals)
                Pass();
            else
                Reset();
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
        {
            // Nothing is left to be struck.
        }
    }

    /// <summary>Both ends are told by a reset.</summary>
    public void Reset()
    {
        Reset(client);
        Reset(server);
        ending.Cancel();
    }

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
        ending.Dispose();
        calming.Dispose();
    }

    private async Task CarryAsync(ProxyLane lane)
    {
        try
        {
            await lane.RunAsync(ending.Token);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException
            or OperationCanceledException)
        {
            if (ending.IsCancellationRequested)
                return;
            if (!isDead)
            {
                Reset();
                return;
            }

            // The direction that is left carries the news, the other does not.
            if (lane.State == LaneState.Passes)
                Reset(lane == up ? server : client);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StrikeAsync(Func<Fault> nextFault)
    {
        using var striking = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, calming.Token);
        Fault? struck = null;
        try
        {
            do
            {
                struck = null;
                var next = nextFault();
                await MeetAsync(next, striking.Token);
                struck = next;
                Strike(next);
                await Task.Delay(next.Lasts, TimeProvider.System, striking.Token);
                Pass();
            }
            while (struck.Heals);
            Reset();
        }
        catch (OperationCanceledException)
        {
            await EndAsync(struck);
        }
    }

    /// <summary>Calm has come, or the connection's end.</summary>
    private async Task EndAsync(Fault? struck)
    {
        if (ending.IsCancellationRequested)
            return;
        if (struck is null or { Heals: true })
        {
            Pass();
            return;
        }

        if (!tellsDead)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Reset();
    }

    private async Task MeetAsync(Fault fault, CancellationToken cancellationToken)
    {
        var inTime = Task.Delay(fault.After, TimeProvider.System, cancellationToken);
        var lane = fault.Way == Direction.Up ? up : down;
        await await Task.WhenAny(inTime, fault.AfterBytes is { } bytes ? lane.StopAfterAsync(bytes) : inTime);
    }

    private void Strike(Fault fault)
    {
        counts.Struck(fault.Kind);
        var (lane, other) = fault.Way == Direction.Up ? (up, down) : (down, up);
        isDead = fault.Kind is FaultKind.HalfOpen or FaultKind.HalfOpenAtClient or FaultKind.HalfOpenAtServer
            or FaultKind.UpLost or FaultKind.DownLost;
        switch (fault.Kind)
        {
            case FaultKind.Reset:
                Reset();
                break;
            case FaultKind.Finish:
                Finish(up);
                Finish(down);
                break;
            case FaultKind.FinishOneWay:
                Finish(lane);
                break;
            case FaultKind.Stall or FaultKind.HalfOpen:
                up.Move(LaneState.Holds);
                down.Move(LaneState.Holds);
                break;
            case FaultKind.StallOneWay:
                lane.Move(LaneState.Holds);
                other.Move(LaneState.Passes);
                break;
            case FaultKind.Slow:
                up.Move(LaneState.Trickles, fault.Piece);
                down.Move(LaneState.Trickles, fault.Piece);
                break;
            case FaultKind.HalfOpenAtClient or FaultKind.HalfOpenAtServer:
                up.Move(LaneState.Holds);
                down.Move(LaneState.Holds);
                Reset(fault.Kind == FaultKind.HalfOpenAtClient ? server : client);
                break;
            case FaultKind.UpLost or FaultKind.DownLost:
                up.Move(fault.Kind == FaultKind.UpLost ? LaneState.Loses : LaneState.Passes);
                down.Move(fault.Kind == FaultKind.DownLost ? LaneState.Loses : LaneState.Passes);
                break;
        }
    }

    private void Pass()
    {
        up.Move(LaneState.Passes);
        down.Move(LaneState.Passes);
    }

    private void Finish(ProxyLane lane)
    {
        try
        {
            lane.Finish();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            Reset();
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }
    }
}
