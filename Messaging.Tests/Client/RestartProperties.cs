using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>
/// The process ends between any two steps, over and over: what the next one finds is a copy of what was committed at
/// that moment, which is what a killed process leaves.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RestartProperties : IDisposable
{
    private const int Outgoing = 60;
    private const int Incoming = 40;
    private const int Marked = Incoming - (Incoming % 3);

    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _handled = [];
    private Random _random = null!;
    private ModelServer _server = null!;
    private MessagingStore _store = null!;
    private MessagingClient _client = null!;
    private CancellationTokenSource _ending = null!;
    private Task _reading = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private bool _inOneTransaction;
    private int _processes;
    private int _sent;

    private string FilePath => _folder.File($"alice-{_processes}.db");

    [TearDown]
    public Task EndAsync() => StopAsync();

    public void Dispose()
    {
        _ending?.Dispose();
        _folder.Dispose();
    }

    [Test]
    [Protocol("1.14", "1.15", "1.16", "5.13")]
    public async Task Whenever_the_process_ends_everything_arrives_once_and_in_order([Range(1, 24)] int seed)
    {
        _random = new Random(seed);
        _inOneTransaction = seed % 2 == 0;
        _server = new ModelServer(new ScriptedTransport(), _time, _random, _random.Next(1, 8), Incoming)
        {
            Handled = () => (int)LedgerEdit.Ask(FilePath,
                "SELECT count(*) FROM messaging_message WHERE author = (SELECT user FROM messaging_user WHERE name = 'bob')"),
            BetweenSteps = MaybeRestartAsync,
            Deadline = TimeSpan.FromSeconds(20),
        };
        Begin();

        await _server.RunAsync(() => _sending.IsCompletedSuccessfully && HandledCount() >= Incoming
            && _server.Timelines.Values.Sum(t => t.Count) == Outgoing && _server.ReadUpTo == Marked);

        foreach (var (peer, timeline) in _server.Timelines)
            Assert.That(timeline, Is.EqualTo(Enumerable.Range(0, Outgoing).Where(i => PeerOf(i) == peer).Select(IdOf)));
        for (var i = 0; i < Outgoing; i++)
        {
            var handle = await _client.FindAsync(IdOf(i)).InTime("it is found");
            await handle!.Accepted.InTime($"{handle.Id} is accepted");
        }
        var history = await _client.GetMessagesAsync("bob", limit: 1000).InTime("the history is read");
        Assert.That(history.Select(m => m.Id), Is.EqualTo(Expected));
        Assert.That((await _client.GetConversationsAsync()).Single(c => c.Peer == "bob").Unread,
            Is.EqualTo(Incoming - Marked));
        await StopAsync();
        if (_inOneTransaction)
            Assert.That(Text("SELECT group_concat(id, ',') FROM (SELECT id FROM seen ORDER BY rowid)"),
                Is.EqualTo(string.Join(',', Expected)));
        await TestContext.Out.WriteLineAsync($"{_processes} restarts, {_handled.Count} given for {Incoming}");
    }

    private static IEnumerable<string> Expected => Enumerable.Range(1, Incoming).Select(i => $"bob {i}");

    private static string PeerOf(int i) => i % 3 == 0 ? "dave" : "carol";

    private static string IdOf(int i) => $"a {i}";

    private int HandledCount()
    {
        lock (_handled)
            return _handled.Distinct().Count();
    }

    private async Task MaybeRestartAsync()
    {
        foreach (var task in new[] { _reading, _sending }.Where(t => t.IsFaulted))
            await task;
        if (_processes == 12 || _random.Next(30) != 0)
            return;
        _server.Lose();
        var next = _folder.File($"alice-{_processes + 1}.db");
        var sent = _sent;
        await Task.Run(() => LedgerEdit.Run(FilePath, $"VACUUM INTO '{next}'")).InTime("the copy is made");
        // What the old process does behind the copy has not happened.
        await StopAsync();
        _sent = sent;
        _processes++;
        _server.Transport = new ScriptedTransport();
        Begin();
    }

    private void Begin()
    {
        _store = MessagingStore.Open(FilePath);
        _ending?.Dispose();
        _ending = new CancellationTokenSource();
        _client = new MessagingClient(
            new MessagingClientOptions
            {
                Address = new Uri("http://localhost"),
                User = "alice",
                Device = "phone",
                MaxUnacceptedMessages = 16,
                AcknowledgementDelay = TimeSpan.Zero,
                ReconnectBaseDelay = TimeSpan.FromMilliseconds(1),
                ReconnectMaxDelay = TimeSpan.FromMilliseconds(5),
                TimeProvider = _time,
                Store = _store,
            }, _server.Transport, () => 0.5);
        _reading = ReadAsync(_client, _ending.Token);
        _sending = SendAsync(_client, _ending.Token);
    }

    private async Task StopAsync()
    {
        if (_client is null)
            return;
        await _ending.CancelAsync();
        await _client.DisposeAsync().InTime("the client ends");
        foreach (var task in new[] { _reading, _sending })
        {
            try
            {
                await task.InTime("the application ends");
            }
            catch (Exception e) when (e is OperationCanceledException or ClientClosedException)
            {
                // The process has ended.
            }
        }
        await _store.DisposeAsync().InTime("the store is closed");
    }

    private async Task ReadAsync(MessagingClient client, CancellationToken ending)
    {
        var first = true;
        await foreach (var message in client.ReceiveAsync(ending))
        {
            Take(message, first);
            first = false;
            if (message.UserOffset % 3 == 0)
                await client.MarkReadAsync(message, ending);
            if (!_inOneTransaction)
                continue;
            await client.HandleAsync(message, connection =>
            {
                LedgerEdit.Run(connection, "CREATE TABLE IF NOT EXISTS seen (id TEXT)");
                LedgerEdit.Run(connection, $"INSERT INTO seen VALUES ('{message.Id}')");
            });
        }
    }

    // Each process goes on where the last one was, or a little before.
    private void Take(ReceivedMessage message, bool isFirst)
    {
        lock (_handled)
        {
            var last = _handled.Count == 0 ? 0 : NumberOf(_handled[^1]);
            Assert.That(NumberOf(message.Id), isFirst ? Is.LessThanOrEqualTo(last + 1) : Is.EqualTo(last + 1));
            _handled.Add(message.Id);
        }
    }

    private static int NumberOf(string id) => int.Parse(id["bob ".Length..], System.Globalization.CultureInfo.InvariantCulture);

    private async Task SendAsync(MessagingClient client, CancellationToken ending)
    {
        for (var i = 0; i < _sent; i++)
            Assert.That(await client.FindAsync(IdOf(i), ending), Is.Not.Null, $"{IdOf(i)} was taken and is lost");
        for (; _sent < Outgoing; _sent++)
        {
            // The last process may have ended before it learnt that the store has it.
            if (await client.FindAsync(IdOf(_sent), ending) is null)
                await client.SendAsync(new OutgoingMessage { To = PeerOf(_sent), Id = IdOf(_sent) }, ending);
        }
    }

    private object? Text(string sql)
    {
        using var connection = LedgerEdit.Open(FilePath);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
