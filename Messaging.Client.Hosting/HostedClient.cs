using Microsoft.Extensions.Hosting;

namespace Messaging.Client.Hosting;

/// <summary>One client and its store, from the start of the host to its stop.</summary>
internal sealed class HostedClient(Func<(MessagingClientOptions Options, string? StorePath)> configure)
    : IHostedService, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private MessagingClient? _client;
    private MessagingStore? _store;

    /// <summary>The client, which starts with the first look.</summary>
    public MessagingClient Client
    {
        get
        {
            lock (_gate)
                return _client ??= Start();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = Client;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
            await _client.DisposeAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref _store, null) is { } store)
            await store.DisposeAsync().ConfigureAwait(false);
    }

    private MessagingClient Start()
    {
        var (options, storePath) = configure();
        // Where an earlier look failed after it was opened, it is open still.
        if (storePath is not null && options.Store is null)
            options = options with { Store = _store ??= MessagingStore.Open(storePath) };
        return MessagingClient.Start(options);
    }
}
