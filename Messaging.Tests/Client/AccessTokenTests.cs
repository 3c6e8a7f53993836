using Grpc.Core;
using Messaging.Client;
using Messaging.Client.Connection;
using Messaging.Tests.Client.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class AccessTokenTests : ClientFixture, IDisposable
{
    private static readonly RpcException Unauthenticated = new(new Status(StatusCode.Unauthenticated, "token"));

    private readonly ScriptedTokens _tokens = new();
    private readonly EveryLog _log = new();

    protected override MessagingClientOptions Options =>
        base.Options with { AccessTokenProvider = _tokens.GetAsync, LoggerFactory = _log };

    public void Dispose() => _log.Dispose();

    [Test]
    public async Task A_token_goes_with_each_stream_and_is_asked_for_once()
    {
        _ = Client;
        var ask = await _tokens.NextAsync();
        Assert.That(ask.Reason, Is.EqualTo(AccessTokenReason.First));
        ask.Give("t1", Time.GetUtcNow() + TimeSpan.FromHours(1));
        var stream = (await Server.NextAsync()).Open();
        Assert.That(stream.Request.Headers(), Has.Member(KeyValuePair.Create("authorization", "Bearer t1")));
        await SettleAsync(stream);
        stream.Break();

        stream = (await Server.NextAsync()).Open();

        await SettleAsync(stream);
        Assert.That(stream.Request.AccessToken!.Value, Is.EqualTo("t1"));
        Assert.That(_tokens.HasMore, Is.False);
    }

    [Test]
    public async Task Before_its_end_a_token_is_renewed_and_the_next_stream_follows_the_last()
    {
        var stream = await ConnectAsync("t1", TimeSpan.FromMinutes(10));
        stream.StaysOpen = true;
        await SettleAsync(stream);
        var before = Time.GetUtcNow();
        var renewal = await Time.AdvanceUntilAsync(TimeSpan.FromSeconds(5), _tokens.NextAsync());
        Assert.That(renewal.Reason, Is.EqualTo(AccessTokenReason.Renewal));
        Assert.That(Time.GetUtcNow() - before, Is.InRange(TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(9.5)));
        await SendAsync("under way");
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("under way"), "the old stream goes on");

        renewal.Give("t2", Time.GetUtcNow() + TimeSpan.FromMinutes(10));

        await stream.Completed.WaitAsync(Waits.Deadline);
        var late = await SendAsync("late");
        Assert.That(stream.HasMore, Is.False);
        stream.Send(Down.Accepted("under way", offset: 1, userOffset: 1)).End();
        var next = (await Server.NextAsync()).Open(position: 1);
        Assert.That(next.Request.AccessToken!.Value, Is.EqualTo("t2"));
        Assert.That((await next.NextMessageAsync()).Id, Is.EqualTo("late"));
        next.Send(Down.Accepted("late", offset: 2, userOffset: 2));
        Assert.That((await late.Accepted.WaitAsync(Waits.Deadline)).UserOffset, Is.EqualTo(2));
        Assert.That(next.HasMore, Is.False, "what was answered does not go again");
    }

    [Test]
    public async Task A_short_lived_token_is_renewed_at_half_its_life()
    {
        var stream = await ConnectAsync("t1", TimeSpan.FromSeconds(20));
        await SettleAsync(stream);
        var before = Time.GetUtcNow();

        await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), _tokens.NextAsync());

        Assert.That(Time.GetUtcNow() - before, Is.InRange(TimeSpan.FromSeconds(9.5), TimeSpan.FromSeconds(12)));
    }

    [Test]
    public async Task The_same_token_again_renews_no_stream()
    {
        var stream = await ConnectAsync("t1", TimeSpan.FromMinutes(10));
        await SettleAsync(stream);
        var end = Time.GetUtcNow() + TimeSpan.FromMinutes(10);
        (await Time.AdvanceUntilAsync(TimeSpan.FromSeconds(5), _tokens.NextAsync())).Give("t1", end);

        var second = await Time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), _tokens.NextAsync());

        Assert.That(second.Reason, Is.EqualTo(AccessTokenReason.Renewal));
        Assert.That(stream.Completed.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_renewal_that_fails_is_tried_again_while_the_stream_stands()
    {
        var stream = await ConnectAsync("t1", TimeSpan.FromMinutes(10));
        await SettleAsync(stream);
        var failing = await Time.AdvanceUntilAsync(TimeSpan.FromSeconds(5), _tokens.NextAsync());
        failing.Answer.SetException(new IOException("the token is secret-token"));

        var second = await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), _tokens.NextAsync());
        await SettleAsync(stream);
        second.Give("t2");

        Assert.That((await Server.NextAsync()).Open().Request.AccessToken!.Value, Is.EqualTo("t2"));
    }

    [Test]
    public async Task A_refused_token_is_followed_by_a_fresh_one()
    {
        _ = Client;
        (await _tokens.NextAsync()).Give("t1", Time.GetUtcNow() + TimeSpan.FromHours(1));
        (await Server.NextAsync()).Refuse(Unauthenticated);

        var ask = await _tokens.NextAsync();
        Assert.That(ask.Reason, Is.EqualTo(AccessTokenReason.Refused));
        ask.Give("t2");

        var stream = (await Server.NextAsync()).Open();
        Assert.That(stream.Request.AccessToken!.Value, Is.EqualTo("t2"));
        await SettleAsync(stream);
    }

    [Test]
    public async Task A_token_that_ends_in_mid_stream_is_followed_by_a_fresh_one()
    {
        var stream = await ConnectAsync("t1", null);
        await SettleAsync(stream);
        stream.Break(Unauthenticated);

        var ask = await _tokens.NextAsync();

        Assert.That(ask.Reason, Is.EqualTo(AccessTokenReason.Refused));
        ask.Give("t2");
        await SettleAsync((await Server.NextAsync()).Open());
    }

    [Test]
    public async Task The_client_gives_up_when_fresh_tokens_are_refused_in_a_row()
    {
        _ = Client;
        for (var i = 0; i < AccessTokens.MostRefused; i++)
        {
            (await _tokens.NextAsync()).Give($"t{i}");
            (await Server.NextAsync()).Refuse(Unauthenticated);
        }

        Assert.That(async () => await Client.Completion.WaitAsync(Waits.Deadline),
            Throws.TypeOf<ClientRefusedException>().With.Property("Code").EqualTo("unauthenticated"));
    }

    [Test]
    public async Task A_stream_that_is_let_in_begins_the_count_anew()
    {
        _ = Client;
        for (var i = 0; i < 3 * AccessTokens.MostRefused; i++)
        {
            (await _tokens.NextAsync()).Give($"t{i}");
            var stream = await Server.NextAsync();
            if (i % AccessTokens.MostRefused == AccessTokens.MostRefused - 1)
                await SettleAsync(stream.Open());
            stream.Break(Unauthenticated);
        }

        (await _tokens.NextAsync()).Give("last");
        await SettleAsync((await Server.NextAsync()).Open());
    }

    [Test]
    public async Task A_provider_that_throws_is_a_failed_connect_and_no_word_of_its_is_logged()
    {
        Jitter = 0.999;
        _ = Client;
        (await _tokens.NextAsync()).Answer.SetException(new InvalidOperationException("secret-token"));
        await Waits.EventuallyAsync("the client waits", () => Client.State == ConnectionState.Waiting);

        (await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(10), _tokens.NextAsync())).Give("secret-token");

        await SettleAsync((await Server.NextAsync()).Open());
        Assert.That(_log.Lines, Has.Some.Contains("There is no access token: InvalidOperationException"));
        Assert.That(_log.Lines, Has.None.Contains("secret-token"));
    }

    [Test]
    public async Task A_provider_that_hangs_is_a_failed_connect()
    {
        _ = Client;
        var first = await _tokens.NextAsync();

        var second = await Time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), _tokens.NextAsync());

        Assert.That(first.Cancelled.IsCancellationRequested, Is.True);
        second.Give("t");
        await SettleAsync((await Server.NextAsync()).Open());
    }

    [Test]
    public async Task Disposing_does_not_wait_for_a_provider()
    {
        _ = Client;
        var ask = await _tokens.NextAsync();

        await Client.DisposeAsync().AsTask().WaitAsync(Waits.Deadline);

        Assert.That(ask.Cancelled.IsCancellationRequested, Is.True);
    }

    [TestCase("")]
    [TestCase("two words")]
    [TestCase("line\nbreak")]
    public void A_token_that_cannot_be_sent_is_no_token(string value) =>
        Assert.That(() => new AccessToken(value), Throws.InstanceOf<ArgumentException>());

    [Test]
    public void A_token_does_not_show_itself() =>
        Assert.That(new AccessToken("secret").ToString(), Does.Not.Contain("secret"));

    private async Task<ScriptedStream> ConnectAsync(string token, TimeSpan? life)
    {
        _ = Client;
        (await _tokens.NextAsync()).Give(token, life is { } lasts ? Time.GetUtcNow() + lasts : null);
        return (await Server.NextAsync()).Open();
    }
}
