using Microsoft.AspNetCore.Http.Features;

namespace Messaging.Service.Sync;

/// <summary>
/// Cuts a call off whose session is over, where the peer does not take what is left of the response: the web server
/// would keep it for ever. Safe for concurrent use.
/// </summary>
internal sealed class LastWord
{
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private IHttpResetFeature? _reset;

    private LastWord(IHttpResetFeature reset, TimeSpan patience, TimeProvider time)
    {
        _reset = reset;
        _timer = time.CreateTimer(
            static state => ((LastWord)state!).CutOff(), this, patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The session is over. Nothing where the call did not come over HTTP/2.</summary>
    public static void Watch(HttpContext call, TimeSpan patience, TimeProvider time)
    {
        if (call.Features.Get<IHttpResetFeature>() is not { } reset)
            return;
        var watch = new LastWord(reset, patience, time);
        call.Response.OnCompleted(static state => ((LastWord)state).LeaveAsync(), watch);
    }

    private void CutOff()
    {
        // Under the lock: once the call is done, what it had belongs to the next one.
        lock (_gate)
            _reset?.Reset((int)ResetCode.ResourceExhausted);
    }

    private Task LeaveAsync()
    {
        lock (_gate)
            _reset = null;
        _timer.Dispose();
        return Task.CompletedTask;
    }
}
