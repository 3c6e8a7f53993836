using System.Threading.Channels;

namespace Messaging.Client.Connection;

/// <summary>
/// Tells one waiter that there is something to do. Set from anywhere; settings before a wait are one.
/// </summary>
internal sealed class WorkSignal
{
    private readonly Channel<bool> _token = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _token.Writer.TryWrite(true);

    public async ValueTask WaitAsync(CancellationToken cancellationToken) =>
        await _token.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
}
