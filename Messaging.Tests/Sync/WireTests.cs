using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using Messaging.Service.Sync;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Sync;

/// <summary>The framing of gRPC over HTTP/2, both ways, whatever pieces the bytes come in.</summary>
public sealed class WireTests
{
    private const int Limit = 1_000;

    private static readonly WriteOptions MoreToCome = new(WriteFlags.BufferHint);

    [Test]
    public async Task Frames_come_out_as_they_were_written_in_pieces_of_any_size([NUnit.Framework.Range(1, 40)] int piece)
    {
        var frames = Enumerable.Range(0, 20).Select(Sized).ToList();
        var bytes = frames.SelectMany(Framed).ToArray();
        var pipe = new Pipe();
        var reader = new WireReader(pipe.Reader, Limit);
        var reading = ReadAllAsync(reader);
        foreach (var part in bytes.Chunk(piece))
            await pipe.Writer.WriteAsync(part);
        await pipe.Writer.CompleteAsync();
        Assert.That(await reading, Is.EqualTo(frames));
    }

    [Test]
    public async Task Frames_that_came_together_are_taken_without_waiting()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync((byte[])[.. Framed(Sized(1)), .. Framed(Sized(2)), .. Framed(Sized(3))[..4]]);
        var reader = new WireReader(pipe.Reader, Limit);
        Assert.That(await reader.MoveNext(default), Is.True);
        Assert.That(reader.MoveNext(default).IsCompletedSuccessfully, Is.True);
        Assert.That(reader.Current, Is.EqualTo(Sized(2)));
        Assert.That(reader.MoveNext(default).IsCompleted, Is.False, "half a prefix is no frame");
    }

    [TestCase(0, StatusCode.Internal, TestName = "The_end_in_a_frame_is_refused")]
    [TestCase(1, StatusCode.Unimplemented, TestName = "A_compressed_frame_is_refused")]
    public async Task A_frame_that_is_not_taken_is_refused(byte compressed, StatusCode expected)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync((byte[])[compressed, 0, 0, 0, 9, 1, 2]);
        await pipe.Writer.CompleteAsync();
        var refused = Assert.ThrowsAsync<RpcException>(() => new WireReader(pipe.Reader, Limit).MoveNext(default));
        Assert.That(refused!.StatusCode, Is.EqualTo(expected));
    }

    [TestCase(1_000u, ExpectedResult = false)]
    [TestCase(1_001u, ExpectedResult = true)]
    [TestCase(0x8000_0000u, ExpectedResult = true)]
    [TestCase(uint.MaxValue, ExpectedResult = true)]
    public async Task<bool> A_frame_is_refused_for_its_length_before_it_has_come(uint length)
    {
        var prefix = new byte[5];
        BinaryPrimitives.WriteUInt32BigEndian(prefix.AsSpan(1), length);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(prefix);
        var read = new WireReader(pipe.Reader, Limit).MoveNext(default);
        return read is { IsCompleted: true, Exception.InnerException: RpcException { StatusCode: StatusCode.ResourceExhausted } };
    }

    [Test]
    public async Task Frames_go_down_as_protobuf_writes_them_and_only_when_one_has_no_more_to_come()
    {
        var frames = Enumerable.Range(0, 300).Select(Sized).ToList();
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var writer = new WireWriter(pipe.Writer);
        foreach (var frame in frames)
        {
            Assert.That(pipe.Reader.TryRead(out _), Is.False);
            writer.WriteOptions = frame == frames[^1] ? null : MoreToCome;
            await writer.WriteAsync(frame);
        }

        var read = await pipe.Reader.ReadAsync();
        Assert.That(read.Buffer.ToArray(), Is.EqualTo(frames.SelectMany(Framed)));
    }

    [Test]
    public void A_peer_that_reads_no_more_fails_the_write()
    {
        var pipe = new Pipe();
        pipe.Reader.Complete();
        Assert.ThrowsAsync<IOException>(() => new WireWriter(pipe.Writer).WriteAsync(Sized(1)));
    }

    private static Frame Sized(int bytes) =>
        new() { Message = new Message { Id = $"m{bytes}", Payload = ByteString.CopyFrom(new byte[bytes * 3]) } };

    private static byte[] Framed(Frame frame)
    {
        var body = frame.ToByteArray();
        var bytes = new byte[5 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), (uint)body.Length);
        body.CopyTo(bytes, 5);
        return bytes;
    }

    private static async Task<List<Frame>> ReadAllAsync(WireReader reader)
    {
        var frames = new List<Frame>();
        while (await reader.MoveNext(default))
            frames.Add(reader.Current);
        return frames;
    }
}
