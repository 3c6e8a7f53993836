using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Messaging.Faults;

/// <summary>
/// A network between clients and a server, on loopback: a TCP proxy that does to each connection what a plan drawn from
/// a seed says. The plans are the same for a seed, connection by connection; when they come true is up to the load.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    // Faults of the whole network: it takes nobody in for a while, or loses everybody at once.
    private const int MostMillisecondsBetween = 8000;
    private const int MostMillisecondsShut = 1200;

    private readonly int serverPort;
    private readonly Func<int, Func<Fault>?> plans;
    private readonly Random random = new(0);
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly Lock gate = new();
    private readonly HashSet<ProxyConnection> connections = [];
    private readonly HashSet<Task> running = [];
    private readonly Task accepting;
    private readonly Task storming = Task.CompletedTask;
    private volatile bool isCalm;
    private volatile bool isShut;
    private int taken;

    /// <param name="server">Where the server listens, on loopback.</param>
    /// <param name="seed">Of all plans.</param>
    /// <param name="struck">Told of each fault.</param>
    public FaultProxy(string server, int seed, Action<FaultKind>? struck = null)
        : this(server, number => new FaultPlan(unchecked((seed * 397) ^ number)).Next)
    {
        Counts = new FaultCounts(struck);
        random = new Random(seed);
        storming = Task.Run(StormAsync);
    }

    /// <param name="server">Where the server listens, on loopback.</param>
    /// <param name="plans">What each connection meets, by its number from 1; null for nothing.</param>
    public FaultProxy(string server, Func<int, Func<Fault>?> plans)
    {
        (serverPort, this.plans) = (new Uri(server).Port, plans);
        listener.Start(backlog: 512);
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>What clients connect to.</summary>
    public string Address => string.Create(
        CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>What it has done so far.</summary>
    public FaultCounts Counts { get; } = new();

    /// <summary>How many connections there are now.</summary>
    public int Open
    {
        get
        {
            lock (gate)
                return connections.Count;
        }
    }

    /// <summary>Does the same to connections that there are now; later ones are spared.</summary>
    /// <param name="fault">What happens at once, and for how long; what does not heal is then told by a reset.</param>
    /// <param name="isMet">Asked for each connection.</param>
    /// <returns>Ends with the last of it.</returns>
    public Task StrikeAsync(Fault fault, Func<bool> isMet) =>
        Task.WhenAll(Connections().Where(_ => isMet()).Select(connection => connection.MeetAsync(fault)));

    /// <summary>
    /// No more faults. What was held back goes on; a connection that lost bytes or whose one end believes that it is open
    /// cannot: its ends are told by a reset, or find out by themselves.
    /// </summary>
    /// <param name="tells">Whether they are told.</param>
    public void Calm(bool tells)
    {
        isCalm = true;
        isShut = false;
        foreach (var connection in Connections())
            Try(() => connection.Calm(tells));
    }

    /// <summary>Faults again, for connections from now on.</summary>
    public void Storm() => isCalm = false;

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Stop();
        await Task.WhenAll(accepting, storming).ComesAsync("the proxy takes no more connections");
        foreach (var connection in Connections())
            Try(connection.Reset);
        Task[] left;
        lock (gate)
            left = [.. running];
        await Task.WhenAll(left).ComesAsync("the proxy's connections end");
        closing.Dispose();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(closing.Token);
                var number = ++taken;
                lock (gate)
                {
                    running.RemoveWhere(task => task.IsCompletedSuccessfully);
                    running.Add(Task.Run(() => ServeAsync(client, number)));
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException
            or ObjectDisposedException && closing.IsCancellationRequested)
        {
            // Closed.
        }
    }

    private async Task ServeAsync(Socket client, int number)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (isShut)
                throw new SocketException((int)SocketError.ConnectionRefused);
            await server.ConnectAsync(IPAddress.Loopback, serverPort, closing.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            Counts.Refused();
            client.LingerState = new LingerOption(enable: true, seconds: 0);
            client.Dispose();
            server.Dispose();
            return;
        }

        using var connection = new ProxyConnection(client, server, Counts);
        lock (gate)
            connections.Add(connection);
        Counts.Took();
        try
        {
            // A plan of its own for each, so that it does not depend on what the others meet.
            await connection.RunAsync(isCalm ? null : plans(number));
        }
        finally
        {
            lock (gate)
                connections.Remove(connection);
        }
    }

    private async Task StormAsync()
    {
        try
        {
            while (true)
            {
                await PauseAsync(MostMillisecondsBetween);
                if (isCalm)
                    continue;
                if (random.Next(4) == 0)
                {
                    foreach (var connection in Connections())
                        Try(connection.Reset);
                }

                isShut = !isCalm;
                await PauseAsync(MostMillisecondsShut);
                isShut = false;
            }
        }
        catch (OperationCanceledException)
        {
            // Closed.
        }
    }

    private Task PauseAsync(int mostMilliseconds) => Task.Delay(
        TimeSpan.FromMilliseconds(random.Next(50, mostMilliseconds)), TimeProvider.System, closing.Token);

    private ProxyConnection[] Connections()
    {
        lock (gate)
            return [.. connections];
    }

    private static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }
}
