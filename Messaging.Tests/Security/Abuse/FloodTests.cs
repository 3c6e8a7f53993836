using NUnit.Framework;
using static Messaging.Tests.Security.Abuse.Http2Bytes;

namespace Messaging.Tests.Security.Abuse;

/// <summary>Frames of HTTP/2 without end.</summary>
[TestFixture]
public sealed class FloodTests : AbuseTests
{
    private const int Frames = 100_000;
    private const int PerWrite = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static IEnumerable<TestCaseData> Harmless()
    {
        yield return Flood("PING", _ => Frame(Ping, 0, 0, new byte[8]));
        yield return Flood("SETTINGS", _ => SettingsOf());
        yield return Flood("SETTINGS with values", _ => SettingsOf((1, 0), (3, 100), (InitialWindow, 1 << 20)));
        yield return Flood("PRIORITY of one stream", _ => Frame(Priority, 0, 1, [0, 0, 0, 0, 16]));
        yield return Flood("PRIORITY of idle streams", i => Frame(Priority, 0, 3 + (2 * i), [0, 0, 0, 0, 16]));
        yield return Flood("empty DATA", _ => Frame(Data, 0, 1, []));
        yield return Flood("padded empty DATA", _ => Frame(Data, 8, 1, [0]));
        yield return Flood("WINDOW_UPDATE of the connection", _ => Number(WindowUpdate, 0, 1));
        yield return Flood("WINDOW_UPDATE of the stream", _ => Number(WindowUpdate, 1, 1));
        yield return Flood("frames of no known kind", _ => Frame(0x77, 0, 0, new byte[8]));
        yield return Flood("RST_STREAM of one that has ended", _ => Number(ResetStream, 1, 8));
    }

    private static IEnumerable<TestCaseData> Fatal()
    {
        yield return Flood("CONTINUATION without HEADERS", _ => Frame(Continuation, 0, 1, new byte[16]));
        yield return Flood("CONTINUATION without end", i => i == 0
            ? Frame(Headers, 0, 3, SyncHeaders("mallory", "d"))
            : Frame(Continuation, 0, 3, Literals(("x", new string('x', 100)))));
        yield return Flood("empty CONTINUATION without end", i => i == 0
            ? Frame(Headers, 0, 3, SyncHeaders("mallory", "d"))
            : Frame(Continuation, 0, 3, []));
        yield return Flood("rapid reset", i => (byte[])
            [.. Frame(Headers, EndHeaders, 3 + (2 * i), SyncHeaders("mallory", $"d{i % 8}")), .. Number(ResetStream, 3 + (2 * i), 8)]);
        yield return Flood("rapid reset of strangers", i => (byte[])
            [.. Frame(Headers, EndHeaders, 3 + (2 * i), SyncHeaders("", "")), .. Number(ResetStream, 3 + (2 * i), 8)]);
        yield return Flood("streams without end", i => Frame(Headers, EndHeaders, 3 + (2 * i), SyncHeaders("mallory", $"d{i}")));
        yield return Flood("streams that end at once", i =>
            Frame(Headers, EndHeaders | EndStream, 3 + (2 * i), SyncHeaders("mallory", $"d{i % 8}")));
        yield return Flood("DATA of no stream", _ => Frame(Data, 0, 0, new byte[8]));
        yield return Flood("DATA past the window", _ => Frame(Data, 0, 1, new byte[16_000]));
        yield return Flood("WINDOW_UPDATE past 2^31", _ => Number(WindowUpdate, 0, int.MaxValue));
        yield return Flood("SETTINGS that are none", _ => SettingsOf((InitialWindow, -1)));
        yield return Flood("a frame too large", _ => Frame(Data, 0, 1, new byte[16_385]));
        yield return Flood("HPACK that is none", i => Frame(Headers, EndHeaders, 3 + (2 * i), [0xff, 0xff, 0xff, 0xff, 0xff]));
        yield return Flood("a promise", i => Frame(5, EndHeaders, 1, [0, 0, 0, 2]));
    }

    [TestCaseSource(nameof(Harmless))]
    public async Task What_costs_next_to_nothing_leaves_the_stream_as_it_was(Func<int, byte[]> frame)
    {
        using var connection = await BeginSyncAsync();
        var reading = connection.ReadUntilAsync("the answer", () => connection.Frames().Exists(one => one.Signal?.Id == "m"), Patience);
        if (frame(0)[3] == ResetStream)
        {
            // The stream that the flood is about has ended; another one stands for it.
            await connection.TrySendAsync(frame(0));
            await connection.OpenSyncAsync("mallory", "other", stream: 3);
        }

        Assert.That(await FloodAsync(connection, frame), Is.EqualTo(Frames));
        await connection.TrySendDataAsync(Prefixed(Text("m")), frame(0)[3] == ResetStream ? 3 : 1);
        Assert.That(await reading, Is.True, "the message is answered");
    }

    [TestCaseSource(nameof(Fatal))]
    public async Task What_costs_or_is_against_the_rules_ends_the_connection(Func<int, byte[]> frame)
    {
        using var connection = await BeginSyncAsync();
        var reading = connection.ReadToEndAsync("the end of the connection", Patience);
        await FloodAsync(connection, frame);
        await reading;
        Assert.That(connection.IsClosed, Is.True);
    }

    [TestCase(Ping)]
    [TestCase(Http2Bytes.Settings)]
    public async Task Who_does_not_read_the_replies_to_a_flood_is_not_read_either_and_ended(byte type)
    {
        using var connection = await RawConnection.BeginAsync(Address, receiveBuffer: 4096);
        await connection.OpenSyncAsync("mallory", $"deaf-{type}");
        await connection.ReadBeginningAsync();
        var handles = Use.Handles;
        var frame = type == Ping ? Frame(Ping, 0, 0, new byte[8]) : SettingsOf();
        var sent = 0;
        var chunk = Enumerable.Repeat(frame, 10_000).SelectMany(bytes => bytes).ToArray();
        while (sent < 10_000_000 && await connection.TrySendAsync(chunk, TimeSpan.FromSeconds(1)))
            sent += 10_000;

        TestContext.Out.WriteLine($"{sent} were taken");
        Assert.That(sent, Is.LessThan(10_000_000), "it is held back");
        await Support.Wait.Eventually("the connection is given up", () => Use.Handles < handles);
    }

    private static async Task<int> FloodAsync(RawConnection connection, Func<int, byte[]> frame)
    {
        for (var sent = 0; sent < Frames; sent += PerWrite)
        {
            var chunk = Enumerable.Range(sent, PerWrite).SelectMany(frame).ToArray();
            if (!await connection.TrySendAsync(chunk, Patience))
                return sent;
        }

        return Frames;
    }

    private static TestCaseData Flood(string name, Func<int, byte[]> frame) => new TestCaseData(frame).SetArgDisplayNames(name);
}
