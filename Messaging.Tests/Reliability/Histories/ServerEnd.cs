using Grpc.Core;
using Messaging.Service.Sync;
using Messaging.V1;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>A stream as its server sees it: the call that a session serves.</summary>
internal sealed class ServerEnd
    : ServerCallContext, IAsyncStreamReader<Frame>, IServerStreamWriter<Frame>, IHttpResetFeature, IDisposable
{
    private readonly Pipe up;
    private readonly Pipe down;
    private readonly CancellationTokenSource gone = new();
    private readonly Metadata requestHeaders = [];
    private readonly Metadata trailers = [];
    private readonly Dictionary<object, object> userState = [];

    public ServerEnd(Pipe up, Pipe down, IEnumerable<KeyValuePair<string, string>> headers)
    {
        (this.up, this.down) = (up, down);
        foreach (var (name, value) in headers)
            requestHeaders.Add(name, value);
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpResetFeature>(this);

        // Where the extension method that gives a session its HTTP context looks.
        userState["__HttpContext"] = http;
    }

    public Frame Current { get; private set; } = new();

    /// <summary>The call is over, or nobody is there to serve it any more.</summary>
    public bool IsOver { get; private set; }

    WriteOptions? IAsyncStreamWriter<Frame>.WriteOptions { get; set; }

    protected override string MethodCore => "/messaging.v1.MessagingService/Sync";

    protected override string HostCore => "history";

    protected override string PeerCore => "history";

    protected override DateTime DeadlineCore => DateTime.MaxValue;

    protected override Metadata RequestHeadersCore => requestHeaders;

    protected override CancellationToken CancellationTokenCore => gone.Token;

    protected override Metadata ResponseTrailersCore => trailers;

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => new(null, []);

    protected override IDictionary<object, object> UserStateCore => userState;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (await up.ReadAsync(cancellationToken) is not Parcel.Content content)
            return false;
        Current = content.Read();
        return true;
    }

    public Task WriteAsync(Frame message) => WriteAsync(
        Parcel.Content.Of(message),
        ((IAsyncStreamWriter<Frame>)this).WriteOptions?.Flags.HasFlag(WriteFlags.BufferHint) ?? false);

    /// <summary>The session has ended the call.</summary>
    public void End()
    {
        if (!IsOver)
            _ = down.WriteAsync(new Parcel.End(Status, trailers));
        Leave();
    }

    /// <summary>The client is gone, and the session knows.</summary>
    public bool IsLost => gone.IsCancellationRequested;

    /// <summary>The client is gone, and this side learns of it.</summary>
    public void Lose()
    {
        gone.Cancel();
        up.BreakReads(static () => new IOException("The client has reset the stream."));
        down.BreakWrites(new IOException("The client has reset the stream."));
    }

    /// <summary>What the process still says is heard by nobody.</summary>
    public void Kill()
    {
        Leave();
        Lose();
    }

    void IHttpResetFeature.Reset(int errorCode)
    {
        if (IsOver)
            return;
        var status = (ResetCode)errorCode == ResetCode.ResourceExhausted
            ? StatusCode.ResourceExhausted
            : StatusCode.Unavailable;
        down.End(new Parcel.End(new Status(status, "reset"), []));
        Leave();
        gone.Cancel();
        down.BreakWrites(new IOException("The stream is reset."));
    }

    public void Dispose() => gone.Dispose();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) =>
        WriteAsync(new Parcel.Headers(responseHeaders), more: false);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException();

    private void Leave()
    {
        IsOver = true;
        up.Cut(keep: 0);
    }

    private Task WriteAsync(Parcel parcel, bool more)
    {
        gone.Token.ThrowIfCancellationRequested();
        return IsOver ? Task.CompletedTask : down.WriteAsync(parcel, more);
    }
}
