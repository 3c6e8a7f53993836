using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
internal sealed class PauseTests(StoreKind kind) : ClientFixture(kind)
{
    private readonly CountedTime _clock = new();

    protected override MessagingClientOptions Options => base.Options with
    {
        TimeProvider = _clock, AcknowledgementDelay = TimeSpan.FromSeconds(5),
    };

    [Test]
    public async Task A_pause_writes_what_waits_closes_the_stream_and_opens_no_other()
    {
        var stream = await ConnectAsync();
        stream.StaysOpen = true;
        var a = await SendAsync("a");
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("a"));
        var pausing = Client.PauseAsync();
        await stream.Completed.WaitAsync(Waits.Deadline);
        Assert.That(pausing.IsCompleted, Is.False, "the last answers are waited for");
        stream.Send(Down.Accepted("a", offset: 1, userOffset: 1)).End();

        await pausing.WaitAsync(Waits.Deadline);

        await a.Accepted.WaitAsync(Waits.Deadline);
        Assert.That(Client.State, Is.EqualTo(ConnectionState.Paused));
        Assert.That(_clock.Running, Is.Zero, "no timer runs");
        var b = await SendAsync("b");
        await Client.MarkReadAsync("bob", 7);
        Assert.That(await Client.GetMessagesAsync("bob"), Has.Count.EqualTo(2));
        _clock.Advance(TimeSpan.FromHours(8));
        Assert.That((Client.State, _clock.Running), Is.EqualTo((ConnectionState.Paused, 0)));

        Client.Resume();

        stream = (await Server.NextAsync()).Open(position: 1);
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("b"));
        stream.Send(Down.Accepted("b", offset: 2, userOffset: 2));
        await b.Accepted.WaitAsync(Waits.Deadline);
        Assert.That((await stream.NextAsync()).Signal.UserOffset, Is.EqualTo(7));
    }

    [Test]
    public async Task A_pause_waits_for_the_server_only_so_long()
    {
        var stream = await ConnectAsync();
        stream.StaysOpen = true;
        await SettleAsync(stream);
        var before = _clock.GetUtcNow();

        await _clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(10), Done(Client.PauseAsync()));

        Assert.That(_clock.GetUtcNow() - before, Is.GreaterThanOrEqualTo(Options.CloseTimeout));
    }

    [Test]
    public async Task A_pause_ends_a_back_off_and_an_opening()
    {
        Jitter = 0.999;
        (await ConnectAsync()).Break();
        await Waits.EventuallyAsync("the client waits", () => Client.State == ConnectionState.Waiting);
        await Client.PauseAsync().WaitAsync(Waits.Deadline);
        Assert.That(_clock.Running, Is.Zero);
        Client.Resume();
        await Server.NextAsync();
        Assert.That(Client.State, Is.EqualTo(ConnectionState.Connecting));

        await Client.PauseAsync().WaitAsync(Waits.Deadline);

        Assert.That((Client.State, _clock.Running), Is.EqualTo((ConnectionState.Paused, 0)));
    }

    [Test]
    public async Task A_message_that_backed_off_goes_again_after_the_pause()
    {
        Jitter = 0.999;
        var stream = await ConnectAsync();
        var a = await SendAsync("a");
        await stream.NextAsync();
        stream.Send(Down.NotAdvanced("a"));
        await SettleAsync(stream);
        await Client.PauseAsync().WaitAsync(Waits.Deadline);
        Assert.That(_clock.Running, Is.Zero);

        for (var refusal = 0; refusal < 2; refusal++)
        {
            Client.Resume();
            stream = (await Server.NextAsync()).Open();
            Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("a"));
            stream.Send(Down.NotAdvanced("a"));
            var again = await _clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(20), stream.NextMessageAsync());
            Assert.That(again.Id, Is.EqualTo("a"));
            await Client.PauseAsync().WaitAsync(Waits.Deadline);
        }
        Client.Resume();
        stream = (await Server.NextAsync()).Open();
        await stream.NextMessageAsync();
        stream.Send(Down.Accepted("a", offset: 1, userOffset: 1));
        await a.Accepted.WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task Pauses_and_resumptions_overlap_as_they_like()
    {
        await SettleAsync(await ConnectAsync());
        await Task.WhenAll(Client.PauseAsync(), Client.PauseAsync()).WaitAsync(Waits.Deadline);
        await Client.PauseAsync().WaitAsync(Waits.Deadline);
        Client.ReconnectNow();
        Assert.That(Client.State, Is.EqualTo(ConnectionState.Paused));
        Client.Resume();
        Client.Resume();
        var stream = (await Server.NextAsync()).Open();
        stream.StaysOpen = true;
        await SettleAsync(stream);
        var overtaken = Client.PauseAsync();
        Client.Resume();
        await overtaken.WaitAsync(Waits.Deadline);
        stream.End();

        await SettleAsync((await Server.NextAsync()).Open());

        Assert.That(Client.State, Is.EqualTo(ConnectionState.Connected));
    }

    [Test]
    public async Task Whatever_is_called_from_anywhere_the_client_comes_to_rest()
    {
        var random = Seed.Random();
        _ = Client;
        using var ending = new CancellationTokenSource();
        var serving = ServeAsync(ending.Token);
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => random.Next(3)).Select(call => Task.Run(() =>
            {
                if (call == 0)
                    return Client.PauseAsync();
                if (call == 1)
                    Client.Resume();
                else
                    Client.ReconnectNow();
                return Task.CompletedTask;
            }))).WaitAsync(Waits.Deadline);
            if (round % 5 == 4)
            {
                Client.Resume();
                await Client.WaitUntilConnectedAsync().WaitAsync(Waits.Deadline);
            }
        }
        var last = Client.PauseAsync();
        await Client.DisposeAsync().AsTask().WaitAsync(Waits.Deadline);
        await last.WaitAsync(Waits.Deadline);
        Assert.That(Client.State, Is.EqualTo(ConnectionState.Closed));
        await Client.PauseAsync().WaitAsync(Waits.Deadline);
        Client.Resume();
        Client.ReconnectNow();
        await ending.CancelAsync();
        await serving;

        async Task ServeAsync(CancellationToken ended)
        {
            while (!ended.IsCancellationRequested)
            {
                if (Server.TryNext() is { } stream)
                    stream.Open();
                else
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
            }
        }
    }

    [Test]
    public async Task A_change_of_network_gives_up_the_stream_and_connects_at_once()
    {
        Jitter = 0.999;
        var stream = await ConnectAsync();
        stream.StaysOpen = true;
        await SettleAsync(stream);
        var a = await SendAsync("a");
        await stream.NextAsync();

        Client.ReconnectNow();

        var next = (await Server.NextAsync()).Open();
        Assert.That(stream.Completed.IsCompleted, Is.False, "nothing is said on a dead path");
        Assert.That((await next.NextMessageAsync()).Id, Is.EqualTo("a"));
        next.Send(Down.Accepted("a", offset: 1, userOffset: 1));
        await a.Accepted.WaitAsync(Waits.Deadline);
        next.Break();
        await Waits.EventuallyAsync("the client waits", () => Client.State == ConnectionState.Waiting);

        Client.ReconnectNow();

        await SettleAsync((await Server.NextAsync()).Open(position: 1));
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }
}
