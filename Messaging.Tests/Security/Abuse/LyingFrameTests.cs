using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Google.Protobuf;
using Messaging.Tests.Protocol;
using NUnit.Framework;
using static Messaging.Tests.Security.Abuse.Http2Bytes;

namespace Messaging.Tests.Security.Abuse;

/// <summary>Bytes in a stream that are no frames, or more than they seem: each gets an answer or ends the stream, typed.</summary>
[TestFixture]
public sealed class LyingFrameTests : AbuseTests
{
    private const string Cancelled = "1";
    private const string InvalidArgument = "3";
    private const string ResourceExhausted = "8";
    private const string Unimplemented = "12";
    private const string Internal = "13";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static IEnumerable<TestCaseData> Fatal()
    {
        yield return Case("a length that is a lie, and the end", [Cancelled, Internal], Prefixed(new byte[10], length: 1_000));
        yield return Case("a length of 4 GiB", [Cancelled, ResourceExhausted, Internal], Prefixed(new byte[100], length: uint.MaxValue));
        yield return Case("a length that is negative", [Cancelled, ResourceExhausted, Internal], Prefixed(new byte[100], length: 0x8000_0000));
        yield return Case("a length above the limit", [ResourceExhausted], Prefixed(new byte[100], length: (1 << 20) + 1));
        yield return Case("half a prefix, and the end", [Cancelled, Internal], [0, 0, 0]);
        yield return Case("a compression flag that is none", [InvalidArgument], Prefixed(Hello(), compressed: 7));
        yield return Case("a compressed flag without an encoding", [Unimplemented], Prefixed(Hello(), compressed: 1));
        yield return Case("invalid UTF-8 in an id", [InvalidArgument], Prefixed([0x0a, 0x03, 0x0a, 0x01, 0xff]));
        yield return Case("UTF-8 that is cut off", [InvalidArgument], Prefixed([0x0a, 0x04, 0x0a, 0x02, 0xe2, 0x82]));
        yield return Case("UTF-8 that is too long", [InvalidArgument], Prefixed([0x0a, 0x04, 0x0a, 0x02, 0xc0, 0x80]));
        yield return Case("a surrogate", [InvalidArgument], Prefixed([0x0a, 0x05, 0x0a, 0x03, 0xed, 0xa0, 0x80]));
        yield return Case("a field that goes past the end", [InvalidArgument], Prefixed([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]));
        yield return Case("a varint without end", [InvalidArgument], Prefixed(Enumerable.Repeat((byte)0xff, 1_000).ToArray()));
        yield return Case("a tag of field 0", [InvalidArgument], Prefixed([0x00, 0x01]));
        yield return Case("a wire type there is not", [InvalidArgument], Prefixed([0x0f]));
        yield return Case("groups nested without end", [InvalidArgument], Prefixed(Enumerable.Repeat((byte)0x7b, 100_000).ToArray()));
        yield return Case("groups nested and closed", [InvalidArgument], Prefixed(
            [.. Enumerable.Repeat((byte)0x7b, 10_000), .. Enumerable.Repeat((byte)0x7c, 10_000)]));
        yield return Case("garbage", [InvalidArgument], Prefixed(Garbage(10_000)));
        yield return Case("text", [InvalidArgument], Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: here\r\n\r\n"));
    }

    private static IEnumerable<TestCaseData> Answered()
    {
        yield return Case("field 6, which is reserved", ["m"], Prefixed(InMessage([0x32, 0x01, 0x41])));
        yield return Case("unknown fields as large as a stream's window", ["m"], Prefixed(InMessage(Unknown(250_000))));
        yield return Case("two hundred thousand unknown fields", ["m"], Prefixed(InMessage(Unknown(200_000, each: 0))));
        yield return Case("a message, and then another in its place", ["m"], Prefixed((byte[])[.. Hello("first"), .. Hello()]));
        yield return Case("a signal, and then a message", ["m"], Prefixed((byte[])[.. new V1.Frame { Signal = new V1.Signal { Id = "s" } }.ToByteArray(), .. Hello()]));
        yield return Case("an id given twice", ["m"], Prefixed(InMessage([0x0a, 0x01, (byte)'m'])));
        yield return Case("frames in single bytes", ["m"], Prefixed(Hello()));
    }

    [TestCaseSource(nameof(Fatal))]
    public async Task It_ends_the_stream_with_a_status_and_nothing_else(string[] statuses, byte[] bytes)
    {
        using var connection = await BeginSyncAsync();
        await connection.OpenSyncAsync(Guid.NewGuid().ToString("N"), "beside", stream: 3);
        await connection.TrySendDataAsync(bytes, isLast: true);
        Assert.That(
            await connection.ReadUntilAsync("the status", () => connection.Statuses.ContainsKey(1) || connection.Resets.ContainsKey(1), Patience),
            Is.True, "it ends, and the connection does not");
        Assert.That(connection.Statuses.GetValueOrDefault(1), Is.AnyOf(statuses), connection.Texts.GetValueOrDefault(1));
        Assert.That(connection.Texts.GetValueOrDefault(1, ""), Does.Not.Contain("   at ").And.Not.Contain("Exception"));

        // The other stream of the connection goes on.
        await connection.TrySendDataAsync(Prefixed(Text("beside")), stream: 3);
        Assert.That(await connection.ReadUntilAsync(
            "the answer beside", () => connection.Frames().Exists(frame => frame.Signal?.Id == "beside"), Patience), Is.True);
    }

    [TestCaseSource(nameof(Answered))]
    public async Task It_is_answered_once(string[] ids, byte[] bytes)
    {
        using var connection = await BeginSyncAsync();
        foreach (var chunk in bytes.Chunk(bytes.Length > 1_000 ? 16_000 : 1))
            await connection.TrySendAsync(Frame(Data, 0, 1, chunk));
        Assert.That(await connection.ReadUntilAsync("the answer", () => connection.Frames().Count > 1, Patience), Is.True);
        Assert.That(connection.Frames()[1].Signal.Id, Is.EqualTo(ids[0]));
        Assert.That(connection.Frames()[1].Signal.SignalOffsetState, Is.True, connection.Frames()[1].ToString());
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    [Protocol("9.50")]
    public async Task A_compressed_bomb_is_not_unpacked(string encoding)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(new byte[64 << 20]);
        using var connection = await RawConnection.BeginAsync(Address);
        await connection.OpenSyncAsync(Guid.NewGuid().ToString("N"), "phone", others: ("grpc-encoding", encoding));
        await connection.ReadUntilAsync("the headers", () => connection.Counts.ContainsKey(Headers), Patience);
        await connection.TrySendDataAsync(Prefixed(packed.ToArray(), compressed: 1), isLast: true);
        await connection.ReadUntilAsync("the status", () => connection.Statuses.ContainsKey(1), Patience);
        Assert.That(connection.Statuses.GetValueOrDefault(1), Is.EqualTo(Unimplemented));
    }

    [Test]
    public async Task No_header_tells_what_the_server_is()
    {
        using var connection = await BeginSyncAsync();
        Assert.That(connection.Names, Does.Contain("messaging-session").And.Not.Contain("server").And.Not.Contain("static-54"));
    }

    [TestCase(65, 1)]
    [TestCase(2, 9_000)]
    [TestCase(1, 17_000)]
    public async Task Headers_that_are_too_many_or_too_large_are_refused(int count, int length)
    {
        using var connection = await BeginSyncAsync();
        var others = Enumerable.Range(0, count).Select(i => ($"x-{i}", new string('x', length))).ToArray();
        var parts = SyncHeaders("mallory", "phone", others).Chunk(16_000).ToList();
        foreach (var (i, part) in parts.Index())
        {
            var flags = i == parts.Count - 1 ? EndHeaders : (byte)0;
            await connection.TrySendAsync(Frame(i == 0 ? Headers : Continuation, flags, 3, part));
        }

        await connection.ReadUntilAsync("the refusal", () => connection.Statuses.ContainsKey(3) || connection.Resets.ContainsKey(3), Patience);
        Assert.That(connection.IsClosed || connection.Statuses.GetValueOrDefault(3) == "http 431", Is.True);
    }

    private static TestCaseData Case(string name, string[] expected, byte[] bytes) =>
        new TestCaseData(expected, bytes).SetArgDisplayNames(name);

    private static byte[] Hello(string id = "m") => Text(id).ToByteArray();

    /// <summary>A message with other bytes among its fields.</summary>
    private static byte[] InMessage(byte[] fields)
    {
        byte[] message = [.. Text("m").Message.ToByteArray(), .. fields];
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream))
        {
            output.WriteTag(V1.Frame.MessageFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(message));
        }

        return stream.ToArray();
    }

    private static byte[] Unknown(int bytes, int each = 1_000)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream))
        {
            for (var i = 0; output.Position < bytes; i++)
            {
                output.WriteTag(1_000 + (i % 1_000), WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(new byte[each]));
            }
        }

        return stream.ToArray();
    }

    private static byte[] Garbage(int length)
    {
        var bytes = new byte[length];
        new Random(Seed: 7).NextBytes(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes, -1);
        return bytes;
    }
}
