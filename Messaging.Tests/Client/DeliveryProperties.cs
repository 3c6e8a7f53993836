using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class DeliveryProperties : ClientFixture
{
    private const int Outgoing = 60;
    private const int Incoming = 40;
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

        await server.RunAsync(() => sending.IsCompleted && handled.Count >= Incoming);
        var sent = await sending.WaitAsync(Waits.Deadline);
        await stopping.CancelAsync();
        await reading.WaitAsync(Waits.Deadline);

        Assert.That(handled, Is.EqualTo(Enumerable.Range(1, Incoming).Select(i => $"bob {i}")));
        foreach (var conversation in sent.GroupBy(h => h.To))
            Assert.That(server.Timelines[conversation.Key], Is.EqualTo(conversation.Select(h => h.Id)));
    }

    private async Task ReadAsync(List<string> handled, CancellationToken stopping)
    {
        try
        {
            await foreach (var message in Client.ReceiveAsync(stopping))
            {
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

    private async Task<List<SendHandle>> SendAsync()
    {
        var handles = new List<SendHandle>();
        for (var i = 0; i < Outgoing; i++)
        {
            handles.Add(await Client.SendAsync(i % 3 == 0 ? "bob" : "carol", new byte[] { 1 }));
            await Task.Yield();
        }
        foreach (var handle in handles)
            await handle.Accepted;
        return handles;
    }
}
