using System.Text;
using Messaging.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Messaging.Tests.Client;

/// <summary>The examples of <c>docs/client.md</c>, letter for letter; <see cref="ExampleTests"/> runs all but the first.</summary>
internal static class Examples
{
    public static async Task FirstAsync()
    {
        await using var store = MessagingStore.Open("alice-phone.db");
        await using var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri("http://127.0.0.1:5080"), User = "alice", Device = "phone", Store = store,
        });

        var sent = await client.SendAsync("bob", "hello"u8.ToArray());    // safe in the file, with or without a network
        await sent.Accepted;                                              // on the server's disk: the first tick
        await sent.Received;                                              // a device of bob's has it: the second
        await sent.Read;                                                  // and bob has read it

        await foreach (var message in client.ReceiveAsync())              // asking for the next one says: this one is handled
        {
            Console.WriteLine($"{message.From.User}: {Encoding.UTF8.GetString(message.Payload.Span)}");
            if (message.Role == MessageRole.Receiver)
                await client.MarkReadAsync(message);
        }
    }

    public static async Task GatheredAsync(MessagingClient client)
    {
        var texts = new[] { "one", "two", "three" };
        var handles = await Task.WhenAll(texts.Select(text => client.SendAsync("bob", Encoding.UTF8.GetBytes(text))));
        await handles[^1].Accepted;
    }

    public static async Task FindAsync(MessagingClient client, string id)
    {
        if (await client.FindAsync(id) is { } handle)
            Console.WriteLine($"{handle.Id} is {handle.State}");          // and its tasks go on from there
    }

    public static async Task HandleAsync(MessagingClient client)
    {
        await foreach (var message in client.ReceiveAsync())
        {
            await client.HandleAsync(message, connection =>
            {
                using var insert = connection.CreateCommand();
                insert.CommandText = "INSERT INTO orders (id, body) VALUES ($id, $body)";
                insert.Parameters.AddWithValue("$id", message.Id);
                insert.Parameters.AddWithValue("$body", message.Payload.ToArray());
                insert.ExecuteNonQuery();
            });
        }
    }

    public static async Task OfflineAsync(MessagingClient client)
    {
        foreach (var conversation in await client.GetConversationsAsync())
            Console.WriteLine($"{conversation.Peer}: {conversation.Unread} unread");

        foreach (var message in await client.GetMessagesAsync("bob", limit: 20))
            Console.WriteLine($"{message.From.User} {message.State}");    // Pending, Sent, Received, Read or Refused

        await client.MarkReadAsync("bob");                                // everything that is here
    }

    public static async Task FetchAsync(MessagingClient client)
    {
        FetchedMessages page;
        int? before = null;
        do
        {
            page = await client.FetchMessagesAsync("bob", before);            // the last ones, then those before them
            foreach (var message in page.Messages)
                Console.WriteLine($"{message.UserOffset} {message.From.User} {message.State}");
            before = page.Messages is [var first, ..] ? first.UserOffset : null;
        }
        while (page.HasMore);
    }

    public static async Task PauseAsync(MessagingClient client)
    {
        await client.PauseAsync();                                        // suspended: closed, kept, quiet
        client.Resume();                                                  // back: connects at once
        client.ReconnectNow();                                            // another network: gives up the stream, skips the wait
    }

    public static MessagingClientOptions Tokens(Func<bool, CancellationToken, Task<(string, DateTimeOffset)>> signIn)
    {
        var options = new MessagingClientOptions
        {
            Address = new Uri("https://chat.example"), User = "alice", Device = "phone",
            AccessTokenProvider = async (request, cancellationToken) =>   // request.Reason: First, Renewal or Refused
            {
                var (value, expiresAt) = await signIn(request.Reason == AccessTokenReason.Refused, cancellationToken);
                return new AccessToken(value, expiresAt);                 // without an end, the server says when
            },
        };
        return options;
    }

    public static async Task ParkedAsync(MessagingClient client)
    {
        foreach (var parked in await client.GetParkedAsync())
        {
            if (parked.Code == "permission_denied")
                await client.RetryAsync(parked);                          // as it is, with the same id
            else if (parked.Code == "already_exists")
                await client.ReplaceAsync(parked, parked.Message with { Id = null });
            else
                await client.DropAsync(parked);                           // gone, also from the history
        }
    }

    public static void Host(IHostApplicationBuilder builder)
    {
        builder.Services.AddMessagingClient(builder.Configuration.GetSection("Messaging"));
        builder.Services.AddHealthChecks().AddMessagingClient();
        builder.Services.AddHostedService<Orders>();
    }
}

internal sealed class Orders(MessagingClient client) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var message in client.ReceiveAsync(stoppingToken))
            await HandleAsync(message);                               // the next one is asked for when it returns
    }

    private static Task HandleAsync(ReceivedMessage message) => Console.Out.WriteLineAsync(message.Id);
}
