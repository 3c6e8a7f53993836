using Messaging.Tests.Support;
using NUnit.Framework;
using static Messaging.Tests.Security.Abuse.Http2Bytes;

namespace Messaging.Tests.Security.Abuse;

/// <summary>Peers that take nothing of what is sent to them, or next to nothing, as HTTP/2 lets them (RFC 9113 §5.2).</summary>
[TestFixture]
public sealed class WindowGameTests : AbuseTests
{
    private const uint EnhanceYourCalm = 0xb;

    // A second for the session, one for the connection, and what a busy machine needs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    [Test]
    public async Task A_stream_that_has_ended_and_whose_peer_takes_nothing_of_it_goes_with_its_connection()
    {
        using var connection = await RawConnection.BeginAsync(Address, window: 0);
        await connection.OpenSyncAsync(NewUser(), "phone");
        await connection.ReadUntilAsync("the headers", () => connection.Counts.ContainsKey(Headers), Patience);
        await connection.TrySendDataAsync([], isLast: true);
        await connection.ReadToEndAsync("the end of the connection", Patience);
        Assert.That(connection.IsClosed, Is.True);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(65_535)]
    public async Task A_stream_whose_answers_are_not_taken_is_reset(int window)
    {
        using var connection = await RawConnection.BeginAsync(Address, window);
        await connection.OpenSyncAsync(NewUser(), "phone");
        var reading = connection.ReadUntilAsync("the reset", () => connection.Resets.Count > 0, Patience);
        await SendMuchToAnswerAsync(connection);
        Assert.That(await reading, Is.True);
        Assert.That(connection.Resets[1], Is.EqualTo(EnhanceYourCalm));
    }

    [Test]
    public async Task A_stream_whose_peer_gives_window_byte_by_byte_is_reset()
    {
        using var connection = await RawConnection.BeginAsync(Address, window: 0);
        await connection.OpenSyncAsync(NewUser(), "phone");
        var reading = connection.ReadUntilAsync("the reset", () => connection.Resets.Count > 0, Patience);
        await SendMuchToAnswerAsync(connection);
        for (var given = 0; !reading.IsCompleted && given < 1_000; given++)
        {
            await connection.TrySendAsync(Number(WindowUpdate, 1, 1));
            await Task.Delay(Pause, TimeProvider.System);
        }

        Assert.That(await reading, Is.True);
        Assert.That(connection.Resets[1], Is.EqualTo(EnhanceYourCalm));
    }

    [Test]
    public async Task A_window_that_opens_and_shuts_without_end_costs_nothing_else()
    {
        using var connection = await RawConnection.BeginAsync(Address, window: 0);
        await connection.OpenSyncAsync(NewUser(), "phone");
        var games = Enumerable.Range(0, 20_000)
            .SelectMany(i => SettingsOf((InitialWindow, i % 2 == 0 ? 0 : int.MaxValue))).ToArray();
        var reading = connection.ReadUntilAsync("the answer", () => connection.Frames().Exists(one => one.Signal?.Id == "m"), Patience);
        Assert.That(await connection.TrySendAsync(games, Patience), Is.True);
        await connection.TrySendDataAsync(Prefixed(Text("m")));
        Assert.That(await reading, Is.True);
    }

    [Test]
    public async Task A_connection_that_is_not_read_is_given_up()
    {
        using var connection = await RawConnection.BeginAsync(Address, window: int.MaxValue, receiveBuffer: 4096);
        await connection.TrySendAsync(Number(WindowUpdate, 0, 1 << 30));
        await connection.OpenSyncAsync(NewUser(), "phone");
        await connection.ReadBeginningAsync();
        var handles = Use.Handles;
        for (var times = 0; times < 20 && Use.Handles >= handles; times++)
            await SendMuchToAnswerAsync(connection);
        await Wait.Eventually("the connection is given up", () => Use.Handles < handles, Patience);
    }

    [Test]
    public async Task A_connection_that_is_read_byte_by_byte_is_given_up()
    {
        using var connection = await RawConnection.BeginAsync(Address, window: int.MaxValue, receiveBuffer: 4096);
        await connection.TrySendAsync(Number(WindowUpdate, 0, 1 << 30));
        await connection.OpenSyncAsync(NewUser(), "phone");
        await connection.ReadBeginningAsync();
        var handles = Use.Handles;
        var sending = Task.Run(async () =>
        {
            for (var times = 0; times < 20; times++)
                await SendMuchToAnswerAsync(connection);
        });
        await Wait.Eventually(
            "the connection is given up",
            async () =>
            {
                await connection.ReadByteAsync();
                return Use.Handles < handles;
            },
            Patience);
        await sending.InTime("the sender gives up");
    }

    /// <summary>Frames that cost 300 bytes to send and as many to answer.</summary>
    private static async Task SendMuchToAnswerAsync(RawConnection connection)
    {
        var frames = Enumerable.Range(0, 1_000).SelectMany(i => Prefixed(Text($"{new string('i', 100)}-{i}"))).ToArray();
        await connection.TrySendDataAsync(frames);
    }

    private static string NewUser() => Guid.NewGuid().ToString("N");
}
