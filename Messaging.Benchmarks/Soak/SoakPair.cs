using Messaging.Benchmarks.Chat;
using Messaging.Client;

namespace Messaging.Benchmarks.Soak;

/// <summary>Two users that write to each other, one of them with a second device that only looks on.</summary>
internal sealed class SoakPair : IAsyncDisposable
{
    private const int Page = 1000;

    private readonly SoakDevice _one;
    private readonly SoakDevice _onlooker;
    private readonly SoakDevice _other;

    /// <param name="address">Where the service is reached.</param>
    /// <param name="number">Tells it from the others.</param>
    /// <param name="folder">Holds the stores.</param>
    /// <param name="perSecond">Messages a second of both users together.</param>
    /// <param name="random">Decides what they do.</param>
    /// <param name="figures">Where latencies go.</param>
    /// <param name="violations">What must not happen.</param>
    public SoakPair(
        Uri address, int number, string folder, double perSecond, Random random, SoakFigures figures,
        Violations violations)
    {
        var (one, other) = ($"soak-{number}-a", $"soak-{number}-b");
        _one = Device($"{one}/phone", other, perSecond / 2);
        _onlooker = Device($"{one}/laptop", other, 0);
        _other = Device($"{other}/phone", one, perSecond / 2);

        SoakDevice Device(string name, string peer, double rate) =>
            new(address, name, peer, folder, rate, random, figures, violations);
    }

    public IReadOnlyList<SoakDevice> Devices => [_one, _onlooker, _other];

    public int Sent => _one.Sent + _other.Sent;

    public Task OpenAsync() => Task.WhenAll(Devices.Select(device => device.OpenAsync()));

    public void StopSending()
    {
        foreach (var device in Devices)
            device.StopSending();
    }

    /// <summary>What is still to come; null where every device has everything and every sender knows.</summary>
    public string? Missing()
    {
        foreach (var (device, sender) in new[] { (_one, _other), (_onlooker, _other), (_onlooker, _one), (_other, _one) })
        {
            if (device.SeenOf(sender) != sender.Sent)
                return $"{device.Name} has {device.SeenOf(sender)} of {sender.Sent} messages of {sender.Name}";
            if (sender.OnTheWay > 0)
                return $"{sender.Name} waits for the ticks of {sender.OnTheWay} messages";
        }

        return null;
    }

    /// <summary>
    /// Compares what the stores have: the same messages in the same places without a gap, the same ticks on both sides,
    /// the same unread counts on a user's devices.
    /// </summary>
    /// <returns>Where they differ; null where they do not.</returns>
    public async Task<string?> DisagreementAsync()
    {
        HistoryEntry[]? first = null;
        Conversation? ofOne = null;
        foreach (var device in Devices)
        {
            var entries = await HistoryAsync(device);
            if (entries.Length != Sent)
                return $"{device.Name} has {entries.Length} messages in its store, of {Sent}";
            first ??= entries;
            for (var i = 0; i < first.Length; i++)
            {
                if ((entries[i].Id, entries[i].State) != (first[i].Id, first[i].State))
                    return $"place {i + 1} is {first[i]} for {_one.Name} and {entries[i]} for {device.Name}";
            }

            var conversation = (await device.Client.GetConversationsAsync()).Single();
            if (conversation.Unread != entries.Count(entry => entry.IsUnread))
                return $"{device.Name} counts {conversation.Unread} unread, of {entries.Count(entry => entry.IsUnread)}";
            if (Array.FindIndex(entries, entry => entry.IsUnread) is >= 0 and var unread && unread < conversation.ReadUpTo)
                return $"{device.Name} has read up to {conversation.ReadUpTo}, and not {unread + 1}";
            if (device == _one)
                ofOne = conversation;
            if (device == _onlooker && ofOne!.ReadUpTo != conversation.ReadUpTo)
                return $"{_one.User} has read up to {ofOne.ReadUpTo} on one device and {conversation.ReadUpTo} on the other";
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var device in Devices)
            await device.DisposeAsync();
    }

    private static async Task<HistoryEntry[]> HistoryAsync(SoakDevice device)
    {
        var entries = new List<HistoryEntry>();
        int? next = null;
        await foreach (var message in MessagesAsync(device))
        {
            if (message.UserOffset is not { } place || place != (next ?? place))
                throw new ViolationException($"{device.Name}: {message.Id} has place {message.UserOffset}, not {next}");
            next = place - 1;
            entries.Add(new HistoryEntry(message.Id, message.State, message.IsOwn));
        }

        if (next is > 0)
            throw new ViolationException($"{device.Name}: its first message has place {next + 1}");
        entries.Reverse();
        return [.. entries];
    }

    // The newest first.
    private static async IAsyncEnumerable<StoredMessage> MessagesAsync(SoakDevice device)
    {
        StoredMessage? before = null;
        while (await device.Client.GetMessagesAsync(device.Peer, before, Page) is { Count: > 0 } page)
        {
            foreach (var message in page.Reverse())
                yield return message;
            before = page[0];
        }
    }

    private readonly record struct HistoryEntry(string Id, MessageState State, bool IsOwn)
    {
        public bool IsUnread => !IsOwn && State != MessageState.Read;
    }
}
