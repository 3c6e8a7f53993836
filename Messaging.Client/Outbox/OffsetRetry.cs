using Messaging.Client.Connection;
using Polly;
using Polly.Retry;

namespace Messaging.Client.Outbox;

/// <summary>The pipeline around one message or read: again until its offset has advanced (protocol §4).</summary>
internal static class OffsetRetry
{
    /// <summary>Runs a try, which says whether the entry is settled, until it is.</summary>
    public static ResiliencePipeline<bool> Pipeline(MessagingClientOptions options, Func<double> jitter) =>
        new ResiliencePipelineBuilder<bool> { TimeProvider = options.TimeProvider }
            .AddRetry(new RetryStrategyOptions<bool>
            {
                ShouldHandle = static args => ValueTask.FromResult(args.Outcome is { Exception: null, Result: false }),
                MaxRetryAttempts = int.MaxValue,
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(FullJitter.Delay(
                    args.AttemptNumber, options.RetryBaseDelay, options.RetryMaxDelay, jitter())),
            })
            .Build();
}
