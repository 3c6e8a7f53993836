using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Grpc.Core;
using Messaging.Client.Connection;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Client.Support;

/// <summary>A stream whose server is the test.</summary>
internal sealed class ScriptedStream(StreamRequest request) : ISyncStream
{
    private readonly TaskCompletionSource<StreamHeaders> _headers =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _isHeld;
    private readonly Channel<Frame> _down = Channel.CreateUnbounded<Frame>();
    private readonly Channel<Frame> _up = Channel.CreateUnbounded<Frame>();

    public StreamRequest Request { get; } = request;

    public ScriptedStream Open(
        int position = 0, string epoch = "e1", int? window = 64, TimeSpan? heartbeat = null, int? head = null)
    {
        _headers.SetResult(new StreamHeaders("s", epoch, window, heartbeat) { Head = head });
        return Send(Down.Position(position));
    }

    public void OpenSilently() => _headers.SetResult(new StreamHeaders("s", "e1", 64, null));

    /// <summary>As a server refuses a call: without headers of its own, and with a status.</summary>
    public void Refuse(RpcException status)
    {
        _headers.SetResult(StreamHeaders.Read(static _ => null));
        _down.Writer.TryComplete(status);
    }

    public ScriptedStream Send(params Frame[] frames)
    {
        foreach (var frame in frames)
            Assert.That(_down.Writer.TryWrite(frame), Is.True, "the stream has ended");
        return this;
    }

    public void Break(Exception? exception = null)
    {
        var end = exception ?? new RpcException(new Status(StatusCode.Unavailable, "gone"));
        _headers.TrySetException(end);
        _down.Writer.TryComplete(end);
    }

    public void End() => _down.Writer.TryComplete();

    /// <summary>The server does not end the stream when the client half-closes.</summary>
    public bool StaysOpen { get; set; }

    /// <summary>The server takes nothing more, as where flow control holds it up.</summary>
    public void HoldWrites() => _isHeld = true;

    public async Task<Frame> NextAsync() => await _up.Reader.ReadAsync().AsTask().WaitAsync(Waits.Deadline);

    public bool TryNext([NotNullWhen(true)] out Frame? frame) => _up.Reader.TryRead(out frame);

    public async Task<Message> NextMessageAsync() => (await NextAsync()).Message;

    /// <summary>Whether anything more was written; asked where it would have been written already.</summary>
    public bool HasMore => _up.Reader.TryPeek(out _);


    /// <summary>Completes when the client has half-closed.</summary>
    public Task Completed => _up.Reader.Completion;

    public Task<StreamHeaders> HeadersAsync(CancellationToken cancellationToken) =>
        _headers.Task.WaitAsync(cancellationToken);

    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        while (await _down.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_down.Reader.TryRead(out var frame))
                return frame;
        }
        return null;
    }

    public async ValueTask WriteAsync(Frame frame, bool more, CancellationToken cancellationToken)
    {
        if (_isHeld)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        await _up.Writer.WriteAsync(frame, cancellationToken);
    }

    public Task CompleteAsync()
    {
        _up.Writer.TryComplete();
        if (!StaysOpen)
            _down.Writer.TryComplete();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
