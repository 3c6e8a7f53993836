using Messaging.Client.Inbox;
using Messaging.V1;
using Microsoft.Extensions.Logging;

namespace Messaging.Client.Connection;

/// <summary>
/// One stream from its headers to its end: a read loop and a write loop that never wait for each other, and a watch
/// over its silence.
/// </summary>
internal sealed class StreamSession(
    ISyncStream stream, ClientRooms rooms, MessagingClientOptions options, ILogger logger, Action begun)
{
    // A write that fails knows less than the read beside it, which gets the server's status.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly FrameOutlet _outlet = new(rooms);

    /// <summary>Whether the server has named the first position of this stream.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Runs until the stream ends; throws what ended it. Returns only where this side closed it.</summary>
    /// <param name="closing">Writes what waits, half-closes and takes the last answers.</param>
    /// <param name="abandoned">Ends it at once.</param>
    public async Task RunAsync(CancellationToken closing, CancellationToken abandoned)
    {
        using var silence = new CancellationTokenSource(options.OpenTimeout, options.TimeProvider);
        using var lateness = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.TimeProvider);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, lateness.Token, abandoned);
        // A server that takes nothing more would hold up the half-close for ever.
        using var onClosing = closing.Register(() => lateness.CancelAfter(options.CloseTimeout));
        try
        {
            using var opening = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, closing);
            var headers = await stream.HeadersAsync(opening.Token).ConfigureAwait(false);
            ClientLog.StreamOpened(logger, headers.Session, headers.Epoch);
            rooms.Intake.NewStream(headers);
            await RunLoopsAsync(headers.LongestSilence, silence, ending, closing).ConfigureAwait(false);
        }
        catch (Exception e) when (silence.IsCancellationRequested && StreamEnd.Of(e, HasBegun) is StreamLostException)
        {
            throw new StreamLostException(HasBegun ? "The server has gone silent." : "The server did not answer.", e);
        }
        finally
        {
            rooms.Awareness.Close();
        }
    }

    private async Task RunLoopsAsync(TimeSpan? longestSilence, CancellationTokenSource silence,
        CancellationTokenSource ending, CancellationToken closing)
    {
        var reads = ReadAsync(longestSilence, silence, ending.Token);
        var writes = WriteAsync(ending.Token, closing);
        if (await Task.WhenAny(reads, writes).ConfigureAwait(false) == writes && !reads.IsCompleted)
        {
            var patience = writes.IsCompletedSuccessfully ? Timeout.InfiniteTimeSpan : LastWords;
            await reads.WaitAsync(patience, options.TimeProvider, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        var readsFirst = reads.IsCompleted;
        await ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(reads, writes).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (closing.IsCancellationRequested && writes.IsCompletedSuccessfully)
            return;
        await (readsFirst ? reads : writes).ConfigureAwait(false);
        throw new StreamLostException("The server ended the stream.");
    }

    private async Task ReadAsync(
        TimeSpan? longestSilence, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        while (await stream.ReadAsync(cancellationToken).ConfigureAwait(false) is { } frame)
        {
            var before = rooms.Inbox.Place;
            rooms.Intake.Take(frame);
            var place = rooms.Inbox.Place;
            if (place == Place.InLine)
                silence.CancelAfter(longestSilence ?? Timeout.InfiniteTimeSpan);
            // As for the first position: whatever else comes, the server must say where the stream is.
            else if (place == Place.Lost && before != Place.Lost)
                silence.CancelAfter(options.OpenTimeout);
            if (HasBegun || place == Place.Unnamed)
                continue;
            HasBegun = true;
            rooms.Awareness.Open();
            begun();
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken, CancellationToken closing)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing);
        while (true)
        {
            // One ahead: a frame that is written without a flush must be followed by another.
            for (var frame = Take(); frame is not null;)
            {
                var next = Take();
                await stream.WriteAsync(frame, more: next is not null, cancellationToken).ConfigureAwait(false);
                frame = next;
            }
            var isClosing = closing.IsCancellationRequested;
            // Signals go up one at a time: what waits for its turn is written before the half-close.
            if (isClosing && !rooms.Outbox.AwaitsAnswer)
                break;
            try
            {
                await rooms.WriteWork.WaitAsync(isClosing ? cancellationToken : waiting.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // It is closing. What has been handled meanwhile is still acknowledged above.
            }
        }
        await stream.CompleteAsync().WaitAsync(cancellationToken).ConfigureAwait(false);

        Frame? Take() => _outlet.Take(isLast: closing.IsCancellationRequested);
    }
}
