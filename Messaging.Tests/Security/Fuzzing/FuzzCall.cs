using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using Messaging.Service.Sync;
using Messaging.Tests.Security.Abuse;
using Messaging.V1;
using Microsoft.AspNetCore.Http;

namespace Messaging.Tests.Security.Fuzzing;

/// <summary>
/// A call whose client sends bytes and reads whatever comes, without a connection: what decodes is a frame, and what does
/// not breaks the stream as it would. Counts what has to be answered, and the answers.
/// </summary>
internal sealed class FuzzCall : ServerCallContext, IAsyncStreamReader<Frame>, IServerStreamWriter<Frame>
{
    private readonly Func<byte[]?> next;
    private readonly Dictionary<object, object> userState = [];

    public FuzzCall(Func<byte[]?> next)
    {
        this.next = next;
        userState["__HttpContext"] = new DefaultHttpContext();
    }

    public Frame Current { get; private set; } = new();

    /// <summary>What has been sent, the last of it first to blame.</summary>
    public List<byte[]> Sent { get; } = [];

    /// <summary>Frames that must have been answered.</summary>
    public int MustAnswer { get; private set; }

    /// <summary>Frames that may have been.</summary>
    public int MayAnswer { get; private set; }

    public int Answers { get; private set; }

    public Frame? Last { get; private set; }

    WriteOptions? IAsyncStreamWriter<Frame>.WriteOptions { get; set; }

    protected override string MethodCore => "/messaging.v1.MessagingService/Sync";

    protected override string HostCore => "fuzz";

    protected override string PeerCore => "fuzz";

    protected override DateTime DeadlineCore => DateTime.MaxValue;

    protected override Metadata RequestHeadersCore { get; } = [];

    protected override CancellationToken CancellationTokenCore => CancellationToken.None;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    protected override IDictionary<object, object> UserStateCore => userState;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (next() is not { } bytes)
            return false;
        Sent.Add(bytes);
        var reader = new WireReader(PipeReader.Create(new ReadOnlySequence<byte>(Http2Bytes.Prefixed(bytes))), bytes.Length);
        await reader.MoveNext(cancellationToken);
        Current = reader.Current;

        // Protocol §5: with an id exactly one answer; without, one where it is refused or a read. Any message has one.
        if (Current.BodyCase != Frame.BodyOneofCase.Signal || Current.Signal.Id.Length > 0)
            MustAnswer++;
        else
            MayAnswer++;
        return true;
    }

    public Task WriteAsync(Frame message)
    {
        // As on the wire: what cannot be written fails here.
        _ = message.CalculateSize();
        Last = message;
        if (message.Signal is { From: null } signal && (signal.SignalType != SignalType.Device || signal.Id.Length > 0))
            Answers++;
        return Task.CompletedTask;
    }

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException();
}
