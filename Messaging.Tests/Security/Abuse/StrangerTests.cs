using System.Text;
using NUnit.Framework;
using static Messaging.Tests.Security.Abuse.Http2Bytes;

namespace Messaging.Tests.Security.Abuse;

/// <summary>Those who do not speak the protocol, do not say who they are, or say nothing at all.</summary>
[TestFixture]
public sealed class StrangerTests : AbuseTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static IEnumerable<TestCaseData> Openings()
    {
        yield return Case("nothing", []);
        yield return Case("half a preface", Preface[..10]);
        yield return Case("a preface and nothing else", Preface);
        yield return Case("settings and nothing else", [.. Preface, .. SettingsOf()]);
        yield return Case("HTTP/1.1", Encoding.ASCII.GetBytes("POST /messaging.v1.MessagingService/Sync HTTP/1.1\r\nHost: here\r\n\r\n"));
        yield return Case("HTTP/1.1 that would like to be more", Encoding.ASCII.GetBytes(
            "GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"));
        yield return Case("HTTP/1.1 whose headers have no end", Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nX: " + new string('x', 100_000)));
        yield return Case("a TLS hello", Convert.FromHexString(
            "16030100C6010000C20303" + string.Concat(Enumerable.Repeat("5A", 64)) + "0000"));
        yield return Case("zeros", new byte[100_000]);
        yield return Case("headers without end", [.. Preface, .. SettingsOf((1, 0)), .. Frame(Headers, 0, 1, SyncHeaders("a", "b"))]);
        yield return Case("a caller without a name", [.. Preface, .. SettingsOf((1, 0)), .. Frame(Headers, EndHeaders, 1, SyncHeaders("", ""))]);
    }

    [TestCaseSource(nameof(Openings))]
    public async Task It_is_cut_off_in_time(byte[] bytes)
    {
        using var connection = await RawConnection.OpenAsync(Address);
        await connection.TrySendAsync(bytes);
        await connection.ReadToEndAsync("the end of the connection", Patience);
        Assert.That(connection.IsClosed, Is.True);
    }

    [Test]
    public async Task One_who_keeps_calling_without_a_name_is_cut_off_all_the_same()
    {
        using var connection = await RawConnection.BeginAsync(Address);
        var reading = connection.ReadToEndAsync("the end of the connection", Patience);
        for (var stream = 1; !reading.IsCompleted; stream += 2)
        {
            await connection.OpenSyncAsync("", "", stream);
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System));
        }

        await reading;
        Assert.That(connection.Statuses.Values, Is.All.EqualTo("16"), "each call was told that nobody is known");
    }

    [Test]
    public async Task One_who_pings_and_calls_nobody_is_cut_off_all_the_same()
    {
        using var connection = await RawConnection.BeginAsync(Address);
        var reading = connection.ReadToEndAsync("the end of the connection", Patience);
        while (!reading.IsCompleted)
        {
            await connection.TrySendAsync(Frame(Ping, 0, 0, new byte[8]));
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System));
        }

        await reading;
        Assert.That(connection.IsClosed, Is.True);
    }

    [Test]
    public async Task One_who_half_closes_the_connection_gets_its_answers_and_is_gone()
    {
        using var connection = await BeginSyncAsync();
        await connection.TrySendDataAsync(Prefixed(Text("m")), isLast: true);
        connection.HalfCloseSocket();
        await connection.ReadToEndAsync("the end of the connection", Patience);
        Assert.That(connection.IsClosed, Is.True);
    }

    private static TestCaseData Case(string name, byte[] bytes) => new TestCaseData(bytes).SetArgDisplayNames(name);
}
