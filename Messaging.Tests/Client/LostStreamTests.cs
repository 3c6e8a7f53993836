using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Client;
using Messaging.Client.Connection;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>Everything that a broken call throws, in each of its parts, is a lost stream and is followed by another.</summary>
internal sealed class LostStreamTests : ClientFixture
{
    private static readonly StatusCode[] Final = [StatusCode.InvalidArgument];

    private static IEnumerable<Exception> Thrown =>
    [
        new IOException("broken"),
        new HttpIOException(HttpRequestError.ResponseEnded),
        new HttpProtocolException(2, "reset", null),
        new HttpRequestException("no route", new SocketException((int)SocketError.HostUnreachable)),
        new ObjectDisposedException("call"),
        new InvalidOperationException("Can't write the message because the call is complete."),
        new OperationCanceledException("not ours"),
        new TaskCanceledException("not ours"),
        new TimeoutException("slow"),
        .. Enum.GetValues<StatusCode>().Except(Final).Select(code => new RpcException(new Status(code, "ended"))),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from part in Enum.GetValues<Part>()
        from thrown in Thrown
        // To the opening it is the last word: see ConnectionTests.
        where !(part == Part.Headers && thrown is RpcException { StatusCode: StatusCode.Unauthenticated })
        select new TestCaseData(part, thrown)
            .SetArgDisplayNames($"{part}", thrown is RpcException rpc ? $"{rpc.StatusCode}" : thrown.GetType().Name);

    public enum Part
    {
        Headers,
        Read,
        Write,
    }

    [TestCaseSource(nameof(Cases))]
    [Protocol("9.49")]
    public async Task Whatever_a_broken_call_throws_is_a_lost_stream(Part part, Exception thrown)
    {
        var transport = new BrokenOnce(Server, part, thrown);
        await using var client = new MessagingClient(Options, transport, () => 0);
        var handle = await client.SendAsync(new OutgoingMessage { To = "bob", Id = "a" }).WaitAsync(Waits.Deadline);

        // A write that fails leaves a moment for the read beside it, which may know why.
        var stream = await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), Server.NextAsync());
        stream.Open();

        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("a"));
        stream.Send(Down.Accepted("a", offset: 1, userOffset: 1));
        await handle.Accepted.WaitAsync(Waits.Deadline);
        Assert.That(client.State, Is.EqualTo(ConnectionState.Connected));
    }

    /// <summary>The first stream is this library's own, over a call of which one part is broken.</summary>
    private sealed class BrokenOnce(ScriptedTransport rest, Part part, Exception thrown) : ISyncTransport
    {
        private bool _isBroken;

        public ISyncStream Open(StreamRequest request)
        {
            if (_isBroken)
                return rest.Open(request);
            _isBroken = true;
            return new GrpcStream(GrpcChannel.ForAddress("http://localhost"), new AsyncDuplexStreamingCall<Frame, Frame>(
                new Writer(part == Part.Write ? thrown : null), new Reader(part == Part.Read ? thrown : null),
                part == Part.Headers ? Task.FromException<Metadata>(thrown) : Task.FromResult(new Metadata()),
                () => Status.DefaultSuccess, () => [], () => { }));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Writer(Exception? thrown) : IClientStreamWriter<Frame>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(Frame message) => thrown is null ? Task.CompletedTask : Task.FromException(thrown);

        public Task WriteAsync(Frame message, CancellationToken cancellationToken) => WriteAsync(message);

        public Task CompleteAsync() => Task.CompletedTask;
    }

    private sealed class Reader(Exception? thrown) : IAsyncStreamReader<Frame>
    {
        private bool _hasBegun;

        public Frame Current { get; } = Down.Position(0);

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (!_hasBegun)
                return _hasBegun = true;
            if (thrown is not null)
                throw thrown;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return false;
        }
    }
}
