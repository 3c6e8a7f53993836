using Messaging.V1;

namespace Messaging.Client.Connection;

/// <summary>
/// One duplex call. One reader and one writer use it at the same time; whatever it throws is for
/// <see cref="StreamEnd"/> to judge. Disposing abandons the call.
/// </summary>
internal interface ISyncStream : IAsyncDisposable
{
    Task<StreamHeaders> HeadersAsync(CancellationToken cancellationToken);

    /// <summary>The next frame; null where the server has ended with OK.</summary>
    ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken);

    /// <param name="frame">What to write.</param>
    /// <param name="more">Whether another write follows at once, so that this one need not be flushed.</param>
    /// <param name="cancellationToken">Abandons the call.</param>
    ValueTask WriteAsync(Frame frame, bool more, CancellationToken cancellationToken);

    /// <summary>Half-closes: nothing more goes up.</summary>
    Task CompleteAsync();
}
