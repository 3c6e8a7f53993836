using System.Diagnostics;
using Messaging.Client;
using Messaging.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Client.Support;

/// <summary>Alice's phone at a hostile server: an application that sends, reads and marks, and begins anew where it is told to go.</summary>
internal sealed class HostileDevice : IAsyncDisposable
{
    private const int Outgoing = 60;
    private const int Incoming = 20;

    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private readonly FakeTimeProvider _time;
    private readonly HostileServer _server;
    private readonly Random _random;
    private readonly MessagingStore _store;
    private readonly HashSet<string> _handled = [];
    private readonly List<string> _fromBob = [];
    private readonly List<string> _sent = [];
    private MessagingClient _client;
    private Task _running;
    private int _clients;

    public HostileDevice(StoreKind kind, FakeTimeProvider time, HostileServer server, Random random)
    {
        (_time, _server, _random) = (time, server, random);
        IsFile = kind == StoreKind.File;
        _store = IsFile ? MessagingStore.Open(_folder.File("alice.db")) : MessagingStore.InMemory();
        _client = Start();
        _running = RunAsync(_client);
    }

    private bool IsFile { get; }

    /// <summary>Lets time go on; the client may end only as the protocol says.</summary>
    public async Task UntilAsync(Func<bool> isDone)
    {
        var running = Stopwatch.StartNew();
        while (!isDone())
        {
            Assert.That(running.Elapsed, Is.LessThan(Wait.Deadline), $"it goes on: {this}, {_client.State}");
            await StepAsync();
        }
    }

    /// <summary>A good server takes over, with another ledger: everything that is left arrives.</summary>
    public async Task RecoverAsync()
    {
        var good = new ModelServer(_server.Replace(), _time, _random, window: 8, Incoming)
        {
            Handled = () => IsFile ? int.MaxValue : FromBob().Length,
            BetweenSteps = LookAsync,
            Describe = () => $"{this}, {_client.State}",
            Deadline = Wait.Deadline,
        };
        await good.RunAsync(() => FromBob().Length >= Incoming && Sent().Length == Outgoing
            && Sent().All(id => _server.HasAnswered(id) || good.Timelines.Values.Any(t => t.Contains(id))));

        Assert.That(FromBob(), Is.EqualTo(Enumerable.Range(1, Incoming).Select(i => $"bob {i}")));
        foreach (var timeline in good.Timelines.Values)
            Assert.That(timeline.Select(NumberOf), Is.Ordered.And.Unique);
        await UntilAsync(() => Missing() is null);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    public override string ToString() =>
        $"{_running.Status} {_sent.Count} sent, {_fromBob.Count} of bob; "
        + $"{_server.Frames} frames on {_server.Streams} streams to {_clients} clients; {_handled.Count} messages handled, {Missing() ?? "none"} missing";

    private async Task StepAsync()
    {
        _time.Advance(TimeSpan.FromMilliseconds(20));
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        await LookAsync();
    }

    private async Task LookAsync()
    {
        if (_client.Completion.IsFaulted)
        {
            Assert.That(_client.Completion.Exception!.InnerException,
                Is.TypeOf<ClientReplacedException>().Or.TypeOf<ClientRefusedException>());
            await StopAsync();
            _client = Start();
            _running = RunAsync(_client);
        }
        else if (_running.IsFaulted)
        {
            await _running;
        }
    }

    private MessagingClient Start()
    {
        _clients++;
        return new MessagingClient(
            new MessagingClientOptions
            {
                Address = new Uri("http://localhost"),
                User = "alice",
                Device = "phone",
                ReconnectBaseDelay = TimeSpan.FromMilliseconds(1),
                ReconnectMaxDelay = TimeSpan.FromMilliseconds(50),
                OpenTimeout = TimeSpan.FromMilliseconds(500),
                CloseTimeout = TimeSpan.FromMilliseconds(100),
                TimeProvider = _time,
                Store = _store,
            }, _server, () => 0.5);
    }

    private async Task StopAsync()
    {
        await _time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(20), Done(_client.DisposeAsync().AsTask()));
        await _time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(20), Done(_running));
        if (_running is { IsFaulted: true, Exception.InnerException: not MessagingException and var bug })
            throw new AssertionException("The application met a bug.", bug!);

        static async Task<bool> Done(Task task)
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        }
    }

    private Task RunAsync(MessagingClient client) => Task.WhenAll(SendAsync(client), ReceiveAsync(client));

    private async Task SendAsync(MessagingClient client)
    {
        while (Sent().Length < Outgoing)
        {
            var id = $"a {Sent().Length}";
            if (await client.FindAsync(id) is null)
                await client.SendAsync(new OutgoingMessage { To = Sent().Length % 2 == 0 ? "bob" : "carol", Id = id });
            lock (_sent)
                _sent.Add(id);
            await client.SendAwarenessAsync("bob", AwarenessStatus.Typing);
            await Task.Delay(TimeSpan.FromMilliseconds(30), _time);
        }
    }

    private async Task ReceiveAsync(MessagingClient client)
    {
        await foreach (var message in client.ReceiveAsync())
        {
            if (message is { Role: MessageRole.Receiver, UserOffset: > 0, From.User: "bob" or "carol" } && message.UserOffset % 5 == 0)
                await client.MarkReadAsync(message);
            lock (_handled)
            {
                _handled.Add(message.Id);
                if (message.Id.StartsWith("bob ", StringComparison.Ordinal))
                    _fromBob.Add(message.Id);
            }
        }
    }

    private string[] FromBob()
    {
        lock (_handled)
            return [.. _fromBob];
    }

    private string[] Sent()
    {
        lock (_sent)
            return [.. _sent];
    }

    private string? Missing()
    {
        lock (_handled)
            return _server.Owed.Find(ids => !ids.Overlaps(_handled))?.First();
    }

    private static int NumberOf(string id) => int.Parse(id["a ".Length..], System.Globalization.CultureInfo.InvariantCulture);
}
