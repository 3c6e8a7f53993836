using System.Threading.Channels;

namespace Messaging.Client.Outbox;

/// <summary>The bound of the outbox: who finds it full waits here, first come, first served.</summary>
internal sealed class SendSlots(int count)
{
    private readonly Channel<bool> _taken = Channel.CreateBounded<bool>(count);
    private volatile MessagingException? _closed;

    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _taken.Writer.WriteAsync(true, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException) when (_closed is { } reason)
        {
            throw reason;
        }
    }

    /// <summary>For what an earlier client has left: it has its place, even where there are fewer now.</summary>
    public void TryEnter() => _taken.Writer.TryWrite(true);

    public void Leave() => _taken.Reader.TryRead(out _);

    public void Close(MessagingException reason)
    {
        _closed = reason;
        _taken.Writer.TryComplete();
    }
}
