using Messaging.Tests.EndToEnd;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Security.Abuse;

/// <summary>Each limit of a connection.</summary>
[TestFixture("Total")]
[TestFixture("PerAddress")]
public sealed class ConnectionLimitTests(string limit) : ServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private protected override string[] Settings =>
    [
        $"--Messaging:Connections:{limit}=2", "--Messaging:Connections:Streams=2", "--Messaging:Connections:IdleTimeout=00:00:01",
        "--Messaging:Streams:MaxAge=00:00:01",
    ];

    [Test]
    public async Task One_connection_more_than_may_be_is_closed_and_its_place_is_free_again_when_another_leaves()
    {
        using var first = await BeginAsync("a");
        using (var second = await BeginAsync("b"))
        {
            using var third = await RawConnection.BeginAsync(Server.Address);
            await third.ReadToEndAsync("the end", Patience);
            Assert.That((third.IsClosed, third.Counts.Count), Is.EqualTo((true, 0)), "not a frame was said to it");
        }

        await Wait.Eventually("the place is free", async () =>
        {
            using var fourth = await RawConnection.BeginAsync(Server.Address);
            await fourth.OpenSyncAsync("c", "phone");
            return await fourth.ReadBeginningAsync();
        });
    }

    [Test]
    public async Task One_stream_more_than_may_be_is_refused()
    {
        using var connection = await BeginAsync("a");
        await connection.OpenSyncAsync("b", "phone", stream: 3);
        await connection.OpenSyncAsync("c", "phone", stream: 5);
        Assert.That(await connection.ReadUntilAsync("the refusal", () => connection.Resets.ContainsKey(5), Patience), Is.True);
        Assert.That(connection.Resets[5], Is.EqualTo(7), "REFUSED_STREAM: it may be tried again");
    }

    [Test]
    public async Task A_stream_that_is_never_read_ends_with_its_age_and_its_connection_with_it()
    {
        using var connection = await RawConnection.BeginAsync(Server.Address, window: 0);
        await connection.OpenSyncAsync("a", "phone");
        await connection.ReadToEndAsync("the end", Patience);
        Assert.That(connection.IsClosed, Is.True);
    }

    private async Task<RawConnection> BeginAsync(string user)
    {
        var connection = await RawConnection.BeginAsync(Server.Address);
        await connection.OpenSyncAsync(user, "phone");
        Assert.That(await connection.ReadBeginningAsync(), Is.True);
        return connection;
    }
}
