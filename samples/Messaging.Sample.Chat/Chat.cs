using System.Text;
using System.Threading.Channels;
using Messaging.Client;

namespace Messaging.Sample.Chat;

/// <summary>
/// One conversation on one screen. Whatever happens (a message, a tick, a connection) only says that something has
/// changed; what is shown is then read from the store, which is always right.
/// </summary>
internal sealed class Chat(MessagingClient client, string user, string peer, IScreen screen) : IPerson
{
    private static readonly TimeSpan TypingLasts = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TypingIsSaidEvery = TimeSpan.FromSeconds(3);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private Awareness? _activity;
    private DateTimeOffset _activitySince;
    private DateTimeOffset _typingSaid;

    /// <summary>Runs until the person ends it.</summary>
    /// <param name="stopping">Ends it too.</param>
    /// <exception cref="MessagingException">The client has ended: another one took its place, say.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var person = screen.RunAsync(this, ending.Token);
        Task[] all =
        [
            person,
            ReceiveAsync(ending.Token),
            WatchAsync(client.WatchReceiptsAsync(ending.Token)),
            WatchAsync(client.WatchConnectionAsync(ending.Token)),
            WatchActivityAsync(ending.Token),
            ShowAsync(ending.Token),
            client.Completion,
        ];
        var first = await Task.WhenAny(all);
        await ending.CancelAsync();
        await Task.WhenAll(all[..^1]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopping.IsCancellationRequested)
            await first;
    }

    public async Task LookAsync()
    {
        if (await UnreadAsync() == 0)
            return;
        await client.MarkReadAsync(peer);    // here at once, at the sender's when there is a connection
        Change();
    }

    public async Task TypeAsync()
    {
        var now = _time.GetUtcNow();
        if (now - _typingSaid < TypingIsSaidEvery)
            return;
        _typingSaid = now;
        await client.SendAwarenessAsync(peer, AwarenessStatus.Typing);
    }

    public async Task<bool> EnterAsync(string line)
    {
        await LookAsync();
        switch (line.Trim())
        {
            case "":
                break;
            case "/quit":
                return false;
            case "/help":
                screen.Say(ChatArguments.Commands);
                break;
            case "/retry":
                foreach (var parked in await ParkedAsync())
                    await client.RetryAsync(parked);
                break;
            case "/drop":
                foreach (var parked in await ParkedAsync())
                    await client.DropAsync(parked);
                break;
            case ['/', ..] command:
                screen.Say($"There is no {command}; /help shows what there is.");
                break;
            case var text:
                await SendAsync(text);
                break;
        }
        Change();
        return true;
    }

    private async Task SendAsync(string text)
    {
        _typingSaid = default;
        try
        {
            // Returns when the message is safe in the file; the ticks come by themselves.
            await client.SendAsync(peer, Encoding.UTF8.GetBytes(text));
        }
        catch (ArgumentException e)
        {
            screen.Say(e.Message);
        }
    }

    // Asking for the next message says that this one is handled. There is nothing to do: it is in the store.
    private async Task ReceiveAsync(CancellationToken ending)
    {
        await foreach (var message in client.ReceiveAsync(ending))
        {
            if (message.From.User == peer)
                _activity = null;
            Change();
        }
    }

    private async Task WatchAsync<T>(IAsyncEnumerable<T> happenings)
    {
        await foreach (var _ in happenings)
            Change();
    }

    private async Task WatchActivityAsync(CancellationToken ending)
    {
        await foreach (var activity in client.WatchAwarenessAsync(ending))
        {
            if (activity.From.User != peer)
                continue;
            _activity = activity;
            _activitySince = _time.GetUtcNow();
            Change();
        }
    }

    private void Change() => _changed.Writer.TryWrite(true);

    private async Task ShowAsync(CancellationToken ending)
    {
        while (true)
        {
            var state = await ReadAsync(ending);
            screen.Show(state);
            await WaitForNewsAsync(state, ending);
        }
    }

    private async Task WaitForNewsAsync(ChatState shown, CancellationToken ending)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ending);
        var news = new List<Task> { _changed.Reader.ReadAsync(waiting.Token).AsTask() };
        // What somebody is doing is a hint, and goes stale.
        if (shown.Activity is not null)
            news.Add(Task.Delay(TypingLasts, _time, waiting.Token));
        // The server's answer to the first message that waits for one, perhaps since the last time this program ran.
        if (shown.Messages.FirstOrDefault(m => m.State == MessageState.Pending) is { } pending
            && await client.FindAsync(pending.Id, ending) is { } handle)
            news.Add(handle.Accepted);
        await Task.WhenAny(news);
        await waiting.CancelAsync();
    }

    private async Task<ChatState> ReadAsync(CancellationToken ending)
    {
        var conversations = await client.GetConversationsAsync(cancellationToken: ending);
        return new ChatState
        {
            User = user,
            Peer = peer,
            Messages = await client.GetMessagesAsync(peer, limit: 200, cancellationToken: ending),
            Unread = conversations.FirstOrDefault(c => c.Peer == peer)?.Unread ?? 0,
            Others = [.. conversations.Where(c => c.Peer != peer && c.Unread > 0).Select(c => (c.Peer, c.Unread))],
            Connection = client.State,
            Activity = Activity(),
        };
    }

    private string? Activity() => _activity?.Status switch
    {
        null => null,
        _ when _time.GetUtcNow() - _activitySince >= TypingLasts => null,
        AwarenessStatus.Typing => "typing",
        AwarenessStatus.Recording => "recording",
        _ => null,
    };

    private async Task<int> UnreadAsync() =>
        (await client.GetConversationsAsync()).FirstOrDefault(c => c.Peer == peer)?.Unread ?? 0;

    private async Task<IEnumerable<ParkedMessage>> ParkedAsync() =>
        (await client.GetParkedAsync()).Where(p => p.Message.To == peer);
}
