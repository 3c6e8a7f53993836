using Polly;
using Polly.Retry;

namespace Messaging.Client.Connection;

/// <summary>The pipeline around the streams: another one when one is lost, for ever, after a back-off.</summary>
internal static class Reconnect
{
    /// <param name="options">The bounds of the waits.</param>
    /// <param name="jitter">From 0 up to 1.</param>
    /// <param name="waiting">Told before each wait.</param>
    public static ResiliencePipeline Pipeline(
        MessagingClientOptions options, Func<double> jitter, Action<StreamLostException> waiting)
    {
        var firstOfRun = 0;
        return new ResiliencePipelineBuilder { TimeProvider = options.TimeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Exception is StreamLostException),
                MaxRetryAttempts = int.MaxValue,
                DelayGenerator = args =>
                {
                    if (args.AttemptNumber == 0 || args.Outcome.Exception is StreamLostException { WasHealthy: true })
                        firstOfRun = args.AttemptNumber;
                    return ValueTask.FromResult<TimeSpan?>(FullJitter.Delay(args.AttemptNumber - firstOfRun,
                        options.ReconnectBaseDelay, options.ReconnectMaxDelay, jitter()));
                },
                OnRetry = args =>
                {
                    waiting((StreamLostException)args.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }
}
