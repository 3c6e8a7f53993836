using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Messaging.Client.Connection;

/// <summary>Tells any number of watchers; one that does not keep up loses the oldest and delays nobody.</summary>
internal sealed class Broadcast<T>(int capacity)
{
    private readonly Lock _gate = new();
    private readonly List<Channel<T>> _watchers = [];
    private bool _isComplete;

    public void Publish(T value)
    {
        lock (_gate)
        {
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(value);
        }
    }

    /// <summary>Nothing more comes: watchers end after what they have not seen yet.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            foreach (var watcher in _watchers)
                watcher.Writer.TryComplete();
        }
    }

    /// <summary>Everything published from this call on.</summary>
    public ChannelReader<T> Watch()
    {
        var channel = Channel.CreateBounded<T>(
            new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate)
        {
            if (_isComplete)
                channel.Writer.TryComplete();
            else
                _watchers.Add(channel);
        }
        return channel.Reader;
    }

    /// <summary>Everything published from the first step on.</summary>
    public async IAsyncEnumerable<T> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = Watch();
        try
        {
            await foreach (var value in reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return value;
        }
        finally
        {
            Unwatch(reader);
        }
    }

    public void Unwatch(ChannelReader<T> reader)
    {
        lock (_gate)
            _watchers.RemoveAll(w => w.Reader == reader);
    }
}
