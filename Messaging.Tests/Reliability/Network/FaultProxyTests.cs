using System.Net;
using System.Net.Sockets;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Network;

/// <summary>A network that did less than it says would prove nothing.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FaultProxyTests : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(5);

    private Socket client = null!;
    private Socket server = null!;
    private ProxyConnection connection = null!;
    private Task running = Task.CompletedTask;

    [SetUp]
    public async Task Connect()
    {
        var (near, nearEnd) = await PairAsync();
        var (farEnd, far) = await PairAsync();
        (client, server) = (near, far);
        connection = new ProxyConnection(nearEnd, farEnd, new FaultCounts());
    }

    public async ValueTask DisposeAsync()
    {
        connection.Reset();
        await running.InTime("the connection ends");
        connection.Dispose();
        client.Dispose();
        server.Dispose();
    }

    [TestCase(1)]
    [TestCase(1000)]
    [TestCase(100_000)]
    public async Task A_connection_is_cut_at_just_the_byte(int after)
    {
        Start(new Fault(FaultKind.Finish, Direction.Up, after, Never, Never));
        var sending = SendAsync(client, 200_000);
        Assert.That(await DrainAsync(server), Is.EqualTo(after));
        server.Close();
        client.Close();
        await running.InTime("the connection ends");
        await sending;
    }

    [Test]
    public async Task A_reset_tells_both_ends_at_once()
    {
        Start(new Fault(FaultKind.Reset, Direction.Down, 100, Never, Never));
        await SendAsync(server, 500);
        Assert.That(await HowItEndsAsync(client), Is.EqualTo(SocketError.ConnectionReset));
        Assert.That(await HowItEndsAsync(server), Is.EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task One_direction_can_end_and_the_other_go_on()
    {
        Start(new Fault(FaultKind.FinishOneWay, Direction.Up, null, Soon, Never));
        Assert.That(await DrainAsync(server), Is.Zero, "the server is told");
        await SendAsync(server, 1000);
        Assert.That(await TakeAsync(client, 1000), Is.EqualTo(1000));
    }

    [TestCase(FaultKind.Stall)]
    [TestCase(FaultKind.Slow)]
    public async Task What_heals_loses_nothing(FaultKind kind)
    {
        Start(
            new Fault(kind, Direction.Up, 100, Never, TimeSpan.FromMilliseconds(200), Piece: 1),
            new Fault(FaultKind.Stall, Direction.Up, null, Never, Never));
        await SendAsync(client, 20_000);
        Assert.That(await TakeAsync(server, 100), Is.EqualTo(100));
        Assert.That(server.Available, Is.LessThan(1000), "it does not all come at once");
        Assert.That(await TakeAsync(server, 19_900), Is.EqualTo(19_900));
    }

    [TestCase(Direction.Up)]
    [TestCase(Direction.Down)]
    public async Task One_direction_is_lost_and_the_other_passes(Direction lost)
    {
        var kind = lost == Direction.Up ? FaultKind.UpLost : FaultKind.DownLost;
        var (dumb, other) = lost == Direction.Up ? (client, server) : (server, client);
        Start(new Fault(kind, lost, 10, Never, Never));
        await SendAsync(dumb, 1000);
        Assert.That(await TakeAsync(other, 10), Is.EqualTo(10));
        await SendAsync(other, 1000);
        Assert.That(await TakeAsync(dumb, 1000), Is.EqualTo(1000));
        await SendAsync(dumb, 100_000);
        dumb.Shutdown(SocketShutdown.Send);
        await Wait.Eventually("all is taken from the side that sends", () => !dumb.Poll(0, SelectMode.SelectError));
        Assert.That(other.Available, Is.Zero, "what is lost does not come");

        connection.Calm(tells: true);
        Assert.That(await HowItEndsAsync(other), Is.EqualTo(SocketError.ConnectionReset), "what lost bytes never goes on");
    }

    [TestCase(FaultKind.HalfOpenAtClient)]
    [TestCase(FaultKind.HalfOpenAtServer)]
    public async Task One_end_is_told_and_the_other_is_not(FaultKind kind)
    {
        Start(new Fault(kind, Direction.Up, null, Soon, Never));
        var (told, left) = kind == FaultKind.HalfOpenAtClient ? (server, client) : (client, server);
        Assert.That(await HowItEndsAsync(told), Is.EqualTo(SocketError.ConnectionReset));
        await SendAsync(left, 1000);
        Assert.That(left.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead), Is.False, "nothing is heard");
    }

    [Test]
    public async Task What_is_half_open_is_told_nothing_and_in_the_end_reset()
    {
        Start(new Fault(FaultKind.HalfOpen, Direction.Up, null, Soon, TimeSpan.FromMilliseconds(300)));
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        await SendAsync(client, 1000);
        Assert.That(server.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead), Is.False, "nothing passes");
        Assert.That(await HowItEndsAsync(client), Is.EqualTo(SocketError.ConnectionReset));
        Assert.That(await HowItEndsAsync(server), Is.EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task When_it_is_calm_what_was_held_back_goes_on()
    {
        Start(new Fault(FaultKind.Stall, Direction.Up, 10, Never, Never));
        await SendAsync(client, 1000);
        Assert.That(await TakeAsync(server, 10), Is.EqualTo(10));
        connection.Calm(tells: false);
        Assert.That(await TakeAsync(server, 990), Is.EqualTo(990));
    }

    [TestCase(FaultKind.Stall)]
    [TestCase(FaultKind.HalfOpen)]
    public async Task A_fault_can_be_struck_now_whatever_the_plan_is(FaultKind kind)
    {
        running = connection.RunAsync(nextFault: null);
        var struck = connection.MeetAsync(new Fault(kind, Direction.Up, null, Never, TimeSpan.FromSeconds(1)));
        await SendAsync(client, 1000);
        Assert.That(server.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead), Is.False, "nothing passes");
        await struck.InTime("the fault is over");
        if (kind == FaultKind.Stall)
            Assert.That(await TakeAsync(server, 1000), Is.EqualTo(1000));
        else
            Assert.That(await HowItEndsAsync(server), Is.EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public void A_seed_gives_the_same_plan_and_in_time_every_fault()
    {
        var (one, other) = (new FaultPlan(7), new FaultPlan(7));
        var faults = Enumerable.Range(0, 500).Select(_ => one.Next()).ToList();
        Assert.That(Enumerable.Range(0, 500).Select(_ => other.Next()), Is.EqualTo(faults));
        Assert.That(faults.Select(fault => fault.Kind).Distinct(), Is.EquivalentTo(Enum.GetValues<FaultKind>()));
    }

    private void Start(params Fault[] faults)
    {
        var next = 0;
        running = connection.RunAsync(() => faults[next++]);
    }

    private static async Task<(Socket From, Socket To)> PairAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var from = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var accepting = listener.AcceptSocketAsync();
        await from.ConnectAsync(listener.LocalEndpoint).InTime("the connection");
        return (from, await accepting.InTime("the connection"));
    }

    private static async Task SendAsync(Socket socket, int bytes)
    {
        try
        {
            await socket.SendAsync(new byte[bytes]).InTime($"{bytes} bytes are sent");
        }
        catch (SocketException)
        {
            // Cut.
        }
    }

    private static async Task<int> TakeAsync(Socket socket, int bytes)
    {
        var taken = 0;
        while (taken < bytes)
        {
            var read = await socket.ReceiveAsync(new byte[bytes - taken]).InTime($"{bytes} bytes come, {taken} have");
            if (read == 0)
                break;
            taken += read;
        }

        return taken;
    }

    private static Task<int> DrainAsync(Socket socket) => TakeAsync(socket, 1 << 20);

    private static async Task<SocketError> HowItEndsAsync(Socket socket)
    {
        try
        {
            await DrainAsync(socket);
            return SocketError.Success;
        }
        catch (SocketException ended)
        {
            return ended.SocketErrorCode;
        }
    }
}
