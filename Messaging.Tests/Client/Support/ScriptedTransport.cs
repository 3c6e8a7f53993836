using System.Threading.Channels;
using Messaging.Client.Connection;

namespace Messaging.Tests.Client.Support;

/// <summary>Hands the client's streams to the test, one after the other.</summary>
internal sealed class ScriptedTransport : ISyncTransport
{
    private readonly Channel<ScriptedStream> _opened = Channel.CreateUnbounded<ScriptedStream>();

    public ISyncStream Open(StreamRequest request)
    {
        var stream = new ScriptedStream(request);
        _opened.Writer.TryWrite(stream);
        return stream;
    }

    public async Task<ScriptedStream> NextAsync() =>
        await _opened.Reader.ReadAsync().AsTask().WaitAsync(Waits.Deadline);

    /// <summary>The next stream; null where the client has opened none.</summary>
    public ScriptedStream? TryNext() => _opened.Reader.TryRead(out var stream) ? stream : null;

    /// <summary>Forgets the streams that a client has opened and the test has not taken.</summary>
    public void Clear()
    {
        while (_opened.Reader.TryRead(out _))
        {
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
