using System.Threading.Channels;
using Messaging.Client;

namespace Messaging.Tests.Client.Support;

/// <summary>A token provider whose answers are the test's, one after the other.</summary>
internal sealed class ScriptedTokens
{
    private readonly Channel<Ask> _asked = Channel.CreateUnbounded<Ask>();

    public ValueTask<AccessToken> GetAsync(AccessTokenRequest request, CancellationToken cancellationToken)
    {
        var ask = new Ask(request.Reason, cancellationToken);
        _asked.Writer.TryWrite(ask);
        return new ValueTask<AccessToken>(ask.Answer.Task);
    }

    public async Task<Ask> NextAsync() => await _asked.Reader.ReadAsync().AsTask().WaitAsync(Waits.Deadline);

    public bool HasMore => _asked.Reader.TryPeek(out _);

    /// <summary>The client asks; it waits for the answer until it cancels, or for longer.</summary>
    internal sealed record Ask(AccessTokenReason Reason, CancellationToken Cancelled)
    {
        public TaskCompletionSource<AccessToken> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Give(string value, DateTimeOffset? expiresAt = null) =>
            Answer.SetResult(new AccessToken(value, expiresAt));
    }
}
