using System.Collections.Concurrent;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class DeliveryProperties : ClientFixture
{
    private const int Outgoing = 60;
    private const int Incoming = 40;
    private readonly ConcurrentQueue<Task> _marks = [];
    private int _handled;

    // A stream comes back while a refused message still waits.
    protected override MessagingClientOptions Options => base.Options with
    {
        ReconnectBaseDelay = TimeSpan.FromMilliseconds(1),
        ReconnectMaxDelay = TimeSpan.FromMilliseconds(5),
    };

    [Test]
    [Protocol("1.14", "1.15", "1.16")]
    public async Task Whatever_breaks_everything_arrives_once_and_in_order([Range(1, 40)] int seed)
    {
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        Jitter = random.NextDouble();
        var handled = new List<string>();
        var server = new ModelServer(Server, Time, random, window: random.Next(1, 6), Incoming)
        {
            Handled = () => Volatile.Read(ref _handled),
        };
        using var stopping = new CancellationTokenSource();
        var reading = ReadAsync(handled, stopping.Token);
        var sending = SendAsync();

        await server.RunAsync(() => sending.IsCompleted && handled.Count >= Incoming && _marks.All(m => m.IsCompleted));
        var sent = await sending.WaitAsync(Waits.Deadline);
        await stopping.CancelAsync();
        await reading.WaitAsync(Waits.Deadline);
        await Task.WhenAll(_marks).WaitAsync(Waits.Deadline);

        Assert.That(handled, Is.EqualTo(Enumerable.Range(1, Incoming).Select(i => $"bob {i}")));
        foreach (var conversation in sent.GroupBy(h => h.To))
            Assert.That(server.Timelines[conversation.Key], Is.EqualTo(conversation.Select(h => h.Id)));
        Assert.That(server.Reports, Is.EquivalentTo(Multiples(5)));
        Assert.That(server.Played, Is.EquivalentTo(Multiples(7)));
        Assert.That(server.ReadUpTo, Is.EqualTo(Incoming - (Incoming % 3)));
        await TestContext.Out.WriteLineAsync($"{server.Rereads} re-reads");
    }

    private static IEnumerable<string> Multiples(int of) =>
        Enumerable.Range(1, Incoming).Where(i => i % of == 0).Select(i => $"bob {i}");

    private async Task ReadAsync(List<string> handled, CancellationToken stopping)
    {
        try
        {
            await foreach (var message in Client.ReceiveAsync(stopping))
            {
                Mark(message, handled.Count + 1);
                handled.Add(message.Id);
                Volatile.Write(ref _handled, handled.Count);
                await Task.Yield();
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }
    }

    private void Mark(ReceivedMessage message, int number)
    {
        if (number % 3 == 0)
            _marks.Enqueue(Client.MarkReadAsync("bob", number).Answered());
        if (number % 5 == 0)
            _marks.Enqueue(Client.ReportUnusableAsync(message, "it does not decrypt").Answered());
        if (number % 7 == 0)
            _marks.Enqueue(Client.MarkPlayedAsync(message).Answered());
        _marks.Enqueue(Client.SendAwarenessAsync("bob", AwarenessStatus.Typing, aboutId: message.Id));
    }

    private async Task<List<SendHandle>> SendAsync()
    {
        var handles = new List<SendHandle>();
        for (var i = 0; i < Outgoing; i++)
        {
            // Ids of different users never meet, but they may be the same.
            handles.Add(await Client.SendAsync(new OutgoingMessage
            {
                To = i % 3 == 0 ? "bob" : "carol",
                Id = i % 2 == 0 ? $"bob {i}" : null,
            }));
            await Task.Yield();
        }
        foreach (var handle in handles)
            await handle.Accepted;
        return handles;
    }
}
