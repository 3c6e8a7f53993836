using System.Collections.Concurrent;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Security.Callers;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>The real service with tokens that live for seconds: it ends the stream when the token ends.</summary>
internal sealed class AccessTokenAgainstServiceTests
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(3);
    private static readonly TokenMaker Maker = new();
    private static readonly string[] Settings = [.. Maker.Settings, "--Messaging:Authentication:ClockSkew=00:00:00"];

    [TestCase(true, TestName = "Tokens_that_are_renewed_in_time_cost_nothing_and_no_stream_is_lost")]
    [TestCase(false, TestName = "Tokens_whose_end_only_the_server_knows_cost_nothing_but_a_stream_each")]
    public async Task Everything_arrives_once_and_in_order(bool knowsEnd)
    {
        var log = new EveryLog();
        var reasons = new ConcurrentQueue<AccessTokenReason>();
        await using var server = await TestServer.StartAsync(Settings);
        await using var bob = Start(server, "bob", _ => Token("bob", knowsEnd: true));
        await using var alice = Start(server, "alice", request =>
        {
            reasons.Enqueue(request.Reason);
            return Token("alice", knowsEnd);
        }, log);
        var waits = 0;
        var watching = WatchAsync();
        var received = new List<string>();
        var receiving = ReceiveAsync();
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var sent = new List<SendHandle>();
        while (reasons.Count < 4 && !enough.IsCancellationRequested)
        {
            sent.Add(await alice.SendAsync(new OutgoingMessage { To = "bob", Id = $"m{sent.Count}" }));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None);
        }

        await Task.WhenAll(sent.Select(handle => handle.Accepted)).InTime("all are accepted");
        await Task.WhenAll(sent.Select(handle => handle.Received)).InTime("all are received");
        await bob.DisposeAsync();
        await alice.DisposeAsync();
        Assert.CatchAsync<ClientClosedException>(() => receiving);
        await watching.InTime("the client has ended");
        Assert.That(received, Is.EqualTo(sent.Select(handle => handle.Id)));
        Assert.That(reasons, Is.EqualTo(new[] { AccessTokenReason.First }
            .Concat(Enumerable.Repeat(knowsEnd ? AccessTokenReason.Renewal : AccessTokenReason.Refused, reasons.Count - 1))));
        if (knowsEnd)
            Assert.That(waits, Is.Zero, "streams that were lost");
        else
            Assert.That(waits, Is.GreaterThanOrEqualTo(3));
        Assert.That(log.Lines, Is.Not.Empty.And.None.Contains("eyJ"));
        await TestContext.Out.WriteLineAsync($"{sent.Count} messages, {reasons.Count} tokens, {waits} streams lost");

        async Task WatchAsync()
        {
            await foreach (var change in alice.WatchConnectionAsync())
                waits += change.State == ConnectionState.Waiting ? 1 : 0;
        }

        async Task ReceiveAsync()
        {
            await foreach (var message in bob.ReceiveAsync())
                received.Add(message.Id);
        }
    }

    [Test]
    public async Task Without_a_good_token_nobody_is_let_in()
    {
        await using var server = await TestServer.StartAsync(Settings);
        await using var alice = Start(server, "alice", _ => new AccessToken(Maker.Sign(TokenMaker.Claims("alice", ("exp", TokenMaker.SecondsFromNow(-60))))));

        Assert.CatchAsync<ClientRefusedException>(() => alice.Completion.InTime("the client gives up"));
    }

    private static MessagingClient Start(
        TestServer server, string user, Func<AccessTokenRequest, AccessToken> provide, EveryLog? log = null) =>
        MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(server.Address),
            User = user,
            Device = "phone",
            AccessTokenProvider = (request, _) => ValueTask.FromResult(provide(request)),
            AccessTokenMargin = TimeSpan.FromSeconds(1),
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(50),
            ReconnectMaxDelay = TimeSpan.FromMilliseconds(200),
            LoggerFactory = log ?? new EveryLog(),
        });

    private static AccessToken Token(string user, bool knowsEnd)
    {
        var end = TokenMaker.SecondsFromNow(Life.TotalSeconds);
        return new AccessToken(
            Maker.Sign(TokenMaker.Claims(user, ("exp", end))), knowsEnd ? DateTimeOffset.FromUnixTimeSeconds(end) : null);
    }
}
