using Microsoft.Extensions.Logging;

namespace Messaging.Client.Connection;

/// <summary>
/// The access token of the streams: asked for when there is none that is good, kept until it is near its end. Used by
/// the connection loop, one call at a time, but for <see cref="Latest"/>.
/// </summary>
internal sealed class AccessTokens(MessagingClientOptions options, Func<double> jitter, ILogger logger)
{
    /// <summary>How many fresh tokens in a row the server may refuse before the client gives up.</summary>
    public const int MostRefused = 5;

    // Whatever the provider gives, a stream is not renewed more often.
    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private volatile AccessToken? _current;
    private DateTimeOffset _receivedAt;
    private bool _isRefused;
    private int _refusals;

    /// <summary>Whether the server has refused so many fresh tokens in a row that another would not help.</summary>
    public bool IsExhausted => options.AccessTokenProvider is null || _refusals >= MostRefused;

    /// <summary>The last one that was given; any thread.</summary>
    public AccessToken? Latest => _current;

    /// <summary>The token for the next stream; null where the application provides none.</summary>
    /// <exception cref="StreamLostException">There is none now.</exception>
    public async ValueTask<AccessToken?> TakeAsync(CancellationToken cancellationToken)
    {
        if (options.AccessTokenProvider is null)
            return null;
        if (_current is null)
            await AskAsync(AccessTokenReason.First, cancellationToken).ConfigureAwait(false);
        else if (_isRefused)
            await AskAsync(AccessTokenReason.Refused, cancellationToken).ConfigureAwait(false);
        else if (Until(RenewAt) <= TimeSpan.Zero)
            await AskAsync(AccessTokenReason.Renewal, cancellationToken).ConfigureAwait(false);
        return _current;
    }

    /// <summary>The server has refused the token of a stream: to open it, or when it had ended.</summary>
    /// <param name="token">The stream's.</param>
    /// <param name="hadBegun">Whether it was good to open the stream.</param>
    public void Refuse(AccessToken? token, bool hadBegun)
    {
        if (token is null || token != _current)
            return;
        _isRefused = true;
        if (!hadBegun)
            _refusals++;
    }

    /// <summary>The server has let the client in.</summary>
    public void Accept() => _refusals = 0;

    /// <summary>Returns when another token is there, in time before the present one ends; asks until then.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        var before = _current;
        var failures = 0;
        while (true)
        {
            var wait = failures == 0 ? WaitForRenewal() : BackOff(failures - 1);
            await Task.Delay(wait, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            if (failures == 0 && Until(RenewAt) > TimeSpan.Zero)
                continue;
            try
            {
                await AskAsync(AccessTokenReason.Renewal, cancellationToken).ConfigureAwait(false);
                failures = 0;
            }
            catch (StreamLostException)
            {
                failures++;
            }
            // A provider may give the same one until that has ended.
            if (_current?.Value != before?.Value)
                return;
        }
    }

    // The margin, but never so early that a short-lived token is renewed all the time.
    private DateTimeOffset? RenewAt
    {
        get
        {
            if (_current?.ExpiresAt is not { } end)
                return null;
            var life = end - _receivedAt;
            var margin = options.AccessTokenMargin < life / 2 ? options.AccessTokenMargin : life / 2;
            return life > TimeSpan.Zero ? end - margin : _receivedAt;
        }
    }

    private TimeSpan Until(DateTimeOffset? moment) =>
        moment is { } then ? then - options.TimeProvider.GetUtcNow() : TimeSpan.MaxValue;

    private TimeSpan WaitForRenewal()
    {
        // One that had ended when it came is judged by another clock than the server's; the server will say.
        if (_current?.ExpiresAt is not { } end || end <= _receivedAt)
            return Timeout.InfiniteTimeSpan;
        var wait = Until(RenewAt);
        return wait < LeastWait ? LeastWait : wait > LongestWait ? LongestWait : wait;
    }

    private TimeSpan BackOff(int attempt)
    {
        var delay = FullJitter.Delay(attempt, options.ReconnectBaseDelay, options.ReconnectMaxDelay, jitter());
        return delay < LeastWait ? LeastWait : delay;
    }

    private async Task AskAsync(AccessTokenReason reason, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.OpenTimeout, options.TimeProvider);
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            // It may block, or not heed its token: neither holds up this loop.
            var asked = Task.Run(
                async () => await options.AccessTokenProvider!(new AccessTokenRequest(reason), asking.Token)
                    .ConfigureAwait(false), asking.Token);
            _current = await asked.WaitAsync(asking.Token).ConfigureAwait(false)
                ?? throw new InvalidOperationException("The provider gave null.");
            _receivedAt = options.TimeProvider.GetUtcNow();
            _isRefused = false;
        }
#pragma warning disable CA1031 // It is the application's code: whatever it throws, there is no token now.
        catch (Exception e)
#pragma warning restore CA1031
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Its text, which is not ours, might have the token in it.
            ClientLog.NoAccessToken(logger, e.GetType().Name);
            throw new StreamLostException($"There is no access token: {e.GetType().Name}");
        }
    }
}
