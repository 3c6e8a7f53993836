using System.Globalization;
using System.Text;
using Messaging.Client;
using Messaging.Client.Connection;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Support;

namespace Messaging.Tests.Reliability.Network;

/// <summary>
/// An application on the client library: it sends, takes what comes, reads, types, and now and then begins anew with
/// what its store has kept. Its frames and what it is given are written into a history.
/// </summary>
internal sealed class LibraryDevice : IAsyncDisposable
{
    private const int MostReadsWaiting = 16;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly History history;
    private readonly MessagingClientOptions options;
    private readonly string[] recipients;
    private readonly Random sends;
    private readonly Random takes;
    private readonly Pace pace;
    private readonly MessagingStore store = MessagingStore.InMemory();
    private readonly List<Task> reads = [];
    private readonly CancellationTokenSource ending = new();
    private readonly Task running;
    private volatile bool isProducing = true;
    private int accepted;
    private int produced;
    private int instance;
    private volatile MessagingClient? current;
    private volatile string? reason;

    /// <param name="history">Where it writes what it does and sees.</param>
    /// <param name="address">The server.</param>
    /// <param name="name">"user/device".</param>
    /// <param name="recipients">Whom it writes to.</param>
    /// <param name="random">Decides to whom, and how much.</param>
    /// <param name="perSecond">Messages a second on the average.</param>
    public LibraryDevice(
        History history, string address, string name, string[] recipients, Random random, double perSecond)
    {
        this.history = history;
        this.recipients = recipients;
        (sends, takes) = (new Random(random.Next()), new Random(random.Next()));
        pace = new Pace(perSecond);
        Name = name;
        options = new MessagingClientOptions
        {
            Address = new Uri(address),
            User = name.Split('/')[0],
            Device = name.Split('/')[1],
            Store = store,
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(20),
            ReconnectMaxDelay = TimeSpan.FromMilliseconds(500),
            OpenTimeout = TimeSpan.FromSeconds(3),
            CloseTimeout = TimeSpan.FromMilliseconds(500),
        };
        options.Validate();
        running = Task.Run(RunAsync);
    }

    public string Name { get; }

    public bool HasFailed => running.IsFaulted;

    /// <summary>How often it has begun anew.</summary>
    public int Instances => Volatile.Read(ref instance);

    /// <summary>Whether the server may refuse to read what is not there.</summary>
    public bool MayBeRefused { get; set; }

    /// <summary>Where its connection stands.</summary>
    public ConnectionState State => current?.State ?? ConnectionState.Connecting;

    /// <summary>Why its connection was lost the last time.</summary>
    public string? Reason => reason;

    /// <summary>How many of its messages were accepted, as far as one client has waited for it.</summary>
    public int AcceptedCount => Volatile.Read(ref accepted);

    /// <summary>Sends nothing new, and waits until everything is answered; it goes on receiving.</summary>
    public async Task SettleAsync()
    {
        isProducing = false;
        await Wait.Eventually($"{Name} gets all its answers", async () => HasFailed || await IsSettledAsync());
        if (HasFailed)
            await running;
    }

    /// <summary>Ends its client and stays away.</summary>
    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await running.InTime($"{Name} ends");
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await ((Task)Task.WhenAny(running)).InTime($"{Name} ends");
        ending.Dispose();
    }

    private async Task<bool> IsSettledAsync() => (await store.LoadAsync(CancellationToken.None)).Entries.Count == 0;

    private async Task RunAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            Interlocked.Increment(ref instance);
            await using var client = new MessagingClient(
                options, new RecordingTransport(new GrpcTransport(options), history), System.Random.Shared.NextDouble);
            current = client;
            using var living = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
            var (taking, watching) = (TakeAsync(client, living.Token), WatchAsync(client, living.Token));
            await SendAsync(client, taking, living.Token);
            await living.CancelAsync();
            await Task.WhenAll(taking, watching);
            reads.Clear();
        }
    }

    /// <summary>Ends when this client has lived long enough.</summary>
    private async Task SendAsync(MessagingClient client, Task taking, CancellationToken cancellationToken)
    {
        var left = sends.Next(200, 3000);
        var waiting = new Queue<SendHandle>();
        try
        {
            while (!taking.IsCompleted)
            {
                while (waiting.TryPeek(out var first) && first.Accepted.IsCompleted)
                {
                    await waiting.Dequeue().Accepted;
                    Interlocked.Increment(ref accepted);
                }

                if (!isProducing || !pace.TryTake())
                {
                    await Task.Delay(Pause, TimeProvider.System, cancellationToken);
                    continue;
                }

                waiting.Enqueue(await SendOneAsync(client, cancellationToken));
                if (--left == 0)
                    return;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application ends.
        }
    }

    private async Task<SendHandle> SendOneAsync(MessagingClient client, CancellationToken cancellationToken)
    {
        var to = recipients[sends.Next(recipients.Length)];
        if (sends.Next(50) == 0)
            await client.SendAwarenessAsync(to, AwarenessStatus.Typing, aboutId: $"typing-{Name}-{produced}");
        var text = string.Create(CultureInfo.InvariantCulture, $"{Name} {++produced}");
        var handle = await client.SendAsync(
            new OutgoingMessage
            {
                To = to,
                // An id of the application's own may have been sent before, one that the library makes has not.
                Id = sends.Next(4) == 0 ? string.Create(CultureInfo.InvariantCulture, $"{Name}-{produced:D7}") : null,
                Payload = Encoding.UTF8.GetBytes(sends.Next(20) == 0 ? text + new string('.', sends.Next(4000)) : text),
            },
            cancellationToken);
        history.AppSends(options.User, options.Device, handle.Id, to);
        return handle;
    }

    private async Task TakeAsync(MessagingClient client, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in client.ReceiveAsync(cancellationToken))
            {
                history.AppGets(
                    options.User, options.Device, instance, message.From.User, message.Id, message.UserOffset, message.Payload);
                if (message.Role == MessageRole.Receiver)
                    Mark(client, message, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application ends.
        }
    }

    private async Task WatchAsync(MessagingClient client, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in client.WatchConnectionAsync(cancellationToken))
                reason = change.Reason ?? reason;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application ends.
        }
    }

    private void Mark(MessagingClient client, ReceivedMessage message, CancellationToken cancellationToken)
    {
        foreach (var refused in reads.Where(read => read.IsFaulted && !MayBeRefused))
            throw new InvalidOperationException($"{Name}: a read was refused.", refused.Exception);
        reads.RemoveAll(read => read.IsCompleted);
        if (reads.Count >= MostReadsWaiting || !isProducing)
            return;
        switch (takes.Next(100))
        {
            case < 10:
                reads.Add(client.MarkReadAsync(message, cancellationToken).Answered());
                break;
            case 10:
                reads.Add(client.MarkPlayedAsync(message, cancellationToken).Answered());
                break;
            case 11:
                reads.Add(client.ReportUnusableAsync(message, "it does not decrypt", cancellationToken).Answered());
                break;
        }
    }
}
