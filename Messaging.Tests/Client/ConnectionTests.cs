using Grpc.Core;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class ConnectionTests : ClientFixture
{
    private static RpcException Replaced =>
        new(new Status(StatusCode.Aborted, "replaced"), new Metadata { { "messaging-reason", "replaced" } });

    [Test]
    public async Task The_first_position_makes_the_client_connected()
    {
        await ConnectAsync();

        await Client.WaitUntilConnectedAsync().WaitAsync(Waits.Deadline);

        Assert.That(Client.State, Is.EqualTo(ConnectionState.Connected));
    }

    [Test]
    [Protocol("2.46")]
    public async Task A_replaced_client_ends_and_says_so_to_everyone()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a");
        var receiving = Client.ReceiveAsync().GetAsyncEnumerator().MoveNextAsync().AsTask();
        stream.Break(Replaced);

        foreach (var pending in new[] { Client.Completion, handle.Accepted, handle.Read, receiving })
        {
            Assert.That(async () => await pending.WaitAsync(Waits.Deadline), Throws.TypeOf<ClientReplacedException>());
        }
        Assert.That(async () => await SendAsync("b"), Throws.TypeOf<ClientReplacedException>());
        Assert.That(async () => await Client.WaitUntilConnectedAsync(), Throws.TypeOf<ClientReplacedException>());
        Assert.That(Client.State, Is.EqualTo(ConnectionState.Failed));
    }

    [Test]
    public async Task A_client_that_is_not_let_in_ends()
    {
        _ = Client;
        (await Server.NextAsync()).Break(new RpcException(new Status(StatusCode.Unauthenticated, "no device")));

        Assert.That(async () => await Client.Completion.WaitAsync(Waits.Deadline),
            Throws.TypeOf<ClientRefusedException>().With.Property("Text").EqualTo("no device"));
    }


    [Test]
    public async Task A_stream_that_the_server_ends_is_followed_by_another()
    {
        (await ConnectAsync()).End();

        (await Server.NextAsync()).Open();

        await Client.WaitUntilConnectedAsync().WaitAsync(Waits.Deadline);
    }

    [Test]
    [Protocol("2.29")]
    public async Task Silence_of_two_and_a_half_heartbeats_ends_the_stream()
    {
        _ = Client;
        (await Server.NextAsync()).Open(heartbeat: TimeSpan.FromSeconds(10));
        await Client.WaitUntilConnectedAsync().WaitAsync(Waits.Deadline);
        var before = Time.GetUtcNow();

        await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), Server.NextAsync());

        Assert.That(Time.GetUtcNow() - before, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(24)));
    }

    [Test]
    public async Task A_heartbeat_keeps_the_stream()
    {
        _ = Client;
        var stream = (await Server.NextAsync()).Open(heartbeat: TimeSpan.FromSeconds(10));
        await SettleAsync(stream);
        for (var i = 0; i < 5; i++)
        {
            Time.Advance(TimeSpan.FromSeconds(20));
            stream.Send(Down.Position(0));
            await SettleAsync(stream);
        }

        Assert.That(Client.State, Is.EqualTo(ConnectionState.Connected));
    }

    [Test]
    public async Task A_server_that_never_names_a_position_is_left()
    {
        _ = Client;
        (await Server.NextAsync()).OpenSilently();

        await Time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), Server.NextAsync());
    }

    [Test]
    [Protocol("2.30")]
    public async Task The_next_stream_says_what_was_acknowledged()
    {
        var lost = (await ConnectAsync(position: 3)).Send(Down.Receipt(4, 1));
        Assert.That(lost.Request.Position, Is.Null);
        await NextAcknowledgementAsync(lost);
        lost.Break();

        var stream = await Server.NextAsync();

        Assert.That(stream.Request.Headers(), Has.Member(KeyValuePair.Create("messaging-position", "e1/4")));
    }

    [Test]
    public async Task Waits_grow_with_each_failure_and_begin_anew_after_a_healthy_stream()
    {
        Jitter = 0.999;
        var stream = await ConnectAsync();
        await SettleAsync(stream);
        var waits = new List<TimeSpan>();
        for (var failure = 0; failure < 4; failure++)
        {
            if (failure == 3)
            {
                stream.Open();
                await SettleAsync(stream);
                Time.Advance(TimeSpan.FromSeconds(31));
            }
            stream.Break();
            await Waits.EventuallyAsync("the client waits", () => Client.State == ConnectionState.Waiting);
            var before = Time.GetUtcNow();
            stream = await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(1), Server.NextAsync());
            waits.Add(Time.GetUtcNow() - before);
        }

        Assert.That(waits[1], Is.GreaterThan(TimeSpan.FromMilliseconds(390)));
        Assert.That(waits[2], Is.GreaterThan(TimeSpan.FromMilliseconds(790)));
        Assert.That(waits[3], Is.LessThan(waits[1]));
    }

    [Test]
    public async Task Watchers_see_each_state_and_the_end()
    {
        _ = Client;
        var stream = await Server.NextAsync();
        await using var changes = Client.WatchConnectionAsync().GetAsyncEnumerator();
        var first = changes.MoveNextAsync().AsTask();
        stream.Open();
        Assert.That(await first.WaitAsync(Waits.Deadline), Is.True);
        Assert.That(changes.Current.State, Is.EqualTo(ConnectionState.Connected));
        stream.Break(Replaced);
        Assert.That(await changes.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline), Is.True);

        Assert.That(changes.Current.State, Is.EqualTo(ConnectionState.Failed));
        Assert.That(await changes.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline), Is.False);
    }

    [Test]
    public async Task Disposing_acknowledges_what_was_handled_and_faults_the_rest()
    {
        var stream = (await ConnectAsync()).Send(Down.Message(1));
        var handle = await SendAsync("a");
        await stream.NextAsync();
        var read = Client.MarkReadAsync("bob", 1).Answered();
        await stream.NextAsync();
        await using var reader = Client.ReceiveAsync().GetAsyncEnumerator();
        await reader.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline);
        Client.Acknowledge(reader.Current);

        await Client.DisposeAsync().AsTask().WaitAsync(Waits.Deadline);

        Assert.That(await NextAcknowledgementAsync(stream), Is.EqualTo(1));
        await stream.Completed.WaitAsync(Waits.Deadline);
        foreach (var pending in new[] { handle.Accepted, handle.Received, read, reader.MoveNextAsync().AsTask() })
            Assert.That(async () => await pending.WaitAsync(Waits.Deadline), Throws.TypeOf<ClientClosedException>());
        Assert.That(Client.State, Is.EqualTo(ConnectionState.Closed));
        await Client.Completion.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task Disposing_waits_for_the_server_only_so_long()
    {
        var stream = await ConnectAsync();
        stream.StaysOpen = true;
        await SettleAsync(stream);
        var before = Time.GetUtcNow();

        await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(10), DisposeAsync());

        Assert.That(Time.GetUtcNow() - before, Is.GreaterThanOrEqualTo(Options.CloseTimeout));

        async Task<bool> DisposeAsync()
        {
            await Client.DisposeAsync();
            return true;
        }
    }

    [Test]
    public async Task Disposing_sends_what_waits_for_its_turn()
    {
        var stream = await ConnectAsync();
        stream.StaysOpen = true;
        var bob = await Client.MarkReadAsync("bob", 3);
        var carol = await Client.MarkReadAsync("carol", 4);
        Assert.That((await stream.NextAsync()).Signal.To.User, Is.EqualTo("bob"));

        var disposing = Client.DisposeAsync().AsTask();
        stream.Send(Down.ReadAnswer(1, 3));
        Assert.That((await stream.NextAsync()).Signal.To.User, Is.EqualTo("carol"));
        stream.Send(Down.ReadAnswer(2, 4)).End();
        await disposing.WaitAsync(Waits.Deadline);

        await Task.WhenAll(bob.Accepted, carol.Accepted).WaitAsync(Waits.Deadline);
        await stream.Completed.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task Disposing_waits_for_a_turn_only_so_long()
    {
        var stream = await ConnectAsync();
        await Client.MarkReadAsync("bob", 3);
        await Client.MarkReadAsync("carol", 4);
        await stream.NextAsync();

        await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(10), DisposeAsync());

        Assert.That(stream.HasMore, Is.False);

        async Task<bool> DisposeAsync()
        {
            await Client.DisposeAsync();
            return true;
        }
    }

    [Test]
    public async Task Disposing_does_not_wait_for_a_back_off()
    {
        Jitter = 0.999;
        (await ConnectAsync()).Break();
        await Waits.EventuallyAsync("the client waits", () => Client.State == ConnectionState.Waiting);

        await Client.DisposeAsync().AsTask().WaitAsync(Waits.Deadline);

        Assert.That(Client.State, Is.EqualTo(ConnectionState.Closed));
    }

    [Test]
    public async Task Who_waits_for_a_place_in_the_outbox_learns_that_the_client_has_ended()
    {
        await ConnectAsync();
        for (var i = 0; i < Options.MaxUnacceptedMessages; i++)
            await SendAsync($"m{i}");
        var waiting = SendAsync("one more");

        await Client.DisposeAsync().AsTask().WaitAsync(Waits.Deadline);

        Assert.That(async () => await waiting.WaitAsync(Waits.Deadline), Throws.TypeOf<ClientClosedException>());
    }
}
