using System.Diagnostics;
using System.Globalization;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Security.Abuse;

/// <summary>
/// The service in a process of its own, with its defaults but for time-outs that a test can wait for, an honest pair of
/// devices, and someone beside them who is not. What the process holds is measured before and after.
/// </summary>
public abstract class AbuseTests
{
    private ServerProcess server = null!;
    private HonestPair honest = null!;
    private ProcessUse before = null!;
    private long began;
    private int said;

    private protected virtual string[] Settings =>
    [
        "--Messaging:Streams:StallTimeout=00:00:01", "--Messaging:Delivery:Heartbeat=00:00:10",
        "--Messaging:Connections:HeadersTimeout=00:00:01", "--Messaging:Connections:IdleTimeout=00:00:01",
        "--Messaging:Connections:StrangerTimeout=00:00:02",
    ];

    /// <summary>How long a message of the honest pair may take at most, on a machine that has other work too.</summary>
    private protected virtual TimeSpan LongestHeldUp => TimeSpan.FromSeconds(3);

    /// <summary>How much the process may grow in a test.</summary>
    private protected virtual int MostMoreMiB => 96;

    private protected string Address => server.Address;

    private protected ProcessUse Use => ProcessUse.Of(server.Id);

    [OneTimeSetUp]
    public async Task StartServer()
    {
        server = new ServerProcess([.. Settings, "--Logging:LogLevel:Default=Warning"]);

        // Collected often: what stays is what is held.
        server.Environment["DOTNET_gcServer"] = "0";
        server.Environment["DOTNET_GCgen0size"] = "1000000";
        await server.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopServer()
    {
        try
        {
            Assert.That(await server.StopAsync(), Is.Zero, $"the service stops as it should\n{server.Output}");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [SetUp]
    public async Task StartPair()
    {
        honest = await HonestPair.StartAsync(Address);
        before = Use;
        said = server.Output.Length;
        began = Stopwatch.GetTimestamp();
    }

    [TearDown]
    public async Task EndPair()
    {
        try
        {
            var after = Use;
            TestContext.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s; {before}, then {after}"));
            await honest.AssertUndisturbedAsync(LongestHeldUp);
            Assert.That(
                server.Output[said..], Does.Not.Contain("fail: ").And.Not.Contain("crit: "),
                "what a peer does wrong is no error of the service's");
            Assert.That(after.MiB, Is.LessThan(before.MiB + MostMoreMiB), "the service holds too much memory");
        }
        finally
        {
            await honest.DisposeAsync();
        }
    }

    /// <summary>A message to nobody.</summary>
    private protected static Frame Text(string id) => new() { Message = ProbeDevice.Text("nobody", id) };

    /// <summary>A connection with a stream that has begun.</summary>
    private protected async Task<RawConnection> BeginSyncAsync(string? user = null)
    {
        var connection = await RawConnection.BeginAsync(Address, window: 1 << 20);
        await connection.OpenSyncAsync(user ?? Guid.NewGuid().ToString("N"), "phone");
        Assert.That(await connection.ReadBeginningAsync(), Is.True, "the stream begins");
        return connection;
    }
}
