using System.Diagnostics;
using Messaging.Client;
using Messaging.Client.Connection;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>How many acknowledgements a fast reader sends to the real service.</summary>
internal sealed class AcknowledgementCostTests
{
    private const int Messages = 5_000;

    [Test]
    public async Task A_fast_reader_sends_few_acknowledgements()
    {
        await using var server = await TestServer.StartAsync();
        await using var alice = MessagingClient.Start(Options(server, "alice"));
        var options = Options(server, "bob");
        await using var transport = new CountingTransport(new GrpcTransport(options));
        await using var bob = new MessagingClient(options, transport, Random.Shared.NextDouble);
        await bob.WaitUntilConnectedAsync().InTime("bob is there");
        var began = Stopwatch.GetTimestamp();
        var sending = SendAsync(alice);
        await ReadAsync(bob).InTime("bob has read all");
        var lasted = Stopwatch.GetElapsedTime(began);
        await sending.InTime("alice has sent all");

        await TestContext.Out.WriteLineAsync($"{transport.Acknowledgements} acknowledgements of {Messages} messages, "
            + $"{Messages / lasted.TotalSeconds:F0} messages/s");
        // One for each half window, and one for each 5 ms in which less has come.
        Assert.That(transport.Acknowledgements, Is.LessThan((Messages / 32) + (200 * lasted.TotalSeconds) + 10));
    }

    private static MessagingClientOptions Options(TestServer server, string user) => new()
    {
        Address = new Uri(server.Address),
        User = user,
        Device = "phone",
    };

    private static async Task SendAsync(MessagingClient client)
    {
        var handles = new List<SendHandle>();
        for (var i = 0; i < Messages; i++)
            handles.Add(await client.SendAsync("bob", new byte[100]).InTime("there is a place"));
        await Task.WhenAll(handles.Select(h => h.Accepted)).InTime("all are accepted");
    }

    private static async Task ReadAsync(MessagingClient client)
    {
        var count = 0;
        await foreach (var _ in client.ReceiveAsync())
        {
            if (++count == Messages)
                return;
            // An application that takes a moment for each would acknowledge each.
            await Task.Yield();
        }
    }
}
