using System.Globalization;
using System.Text;
using Messaging.Client;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>What an application sees of a server that is killed: nothing.</summary>
[TestFixture]
public sealed class KilledServerClientTests
{
    private const int Kills = 3;

    [Test]
    [Protocol("1.15", "1.16", "4.52", "5.13")]
    public async Task An_application_gets_everything_once_and_in_order_when_the_server_is_killed()
    {
        var random = Seed.Random();
        await using var server = new ServerProcess();
        await server.StartAsync();
        await using var alice = Start(server, "alice");
        await using var bob = Start(server, "bob");
        var taken = new List<string>();
        using var ending = new CancellationTokenSource();
        var taking = TakeAsync();
        var handles = new List<SendHandle>();
        for (var kill = 0; kill <= Kills; kill++)
        {
            for (var count = random.Next(200, 600); count > 0; count--)
                handles.Add(await alice.SendAsync("bob", Text(handles.Count)).InTime($"message {handles.Count} is taken"));

            // In the midst of it: some have come, more are on their way.
            var enough = handles.Count - random.Next(50, 150);
            await Wait.Eventually($"{enough} have come", () => Taken() >= enough || taking.IsCompleted);
            if (kill == Kills)
                break;
            await server.KillAsync();
            await server.StartAsync();
        }

        await Task.WhenAll(handles.Select(handle => handle.Accepted)).InTime("all are accepted");
        await Wait.Eventually("all have come", () => Taken() >= handles.Count || taking.IsCompleted);
        await handles[^1].Received.InTime("the last is received");
        await ending.CancelAsync();
        Assert.CatchAsync<OperationCanceledException>(() => taking.InTime("the reader ends"));
        Assert.That(
            taken, Is.EqualTo(Enumerable.Range(0, handles.Count).Select(i => i.ToString(CultureInfo.InvariantCulture))));

        int Taken()
        {
            lock (taken)
                return taken.Count;
        }

        async Task TakeAsync()
        {
            await foreach (var message in bob.ReceiveAsync(ending.Token))
            {
                lock (taken)
                    taken.Add(Encoding.UTF8.GetString(message.Payload.Span));
            }
        }
    }

    private static byte[] Text(int number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static MessagingClient Start(ServerProcess server, string user) => MessagingClient.Start(
        new MessagingClientOptions
        {
            Address = new Uri(server.Address),
            User = user,
            Device = "phone",
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(20),
            ReconnectMaxDelay = TimeSpan.FromMilliseconds(200),
        });
}
