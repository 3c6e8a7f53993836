using System.Globalization;
using Messaging.Client;
using Messaging.Tests.Support;

namespace Messaging.Tests.Client.Support;

/// <summary>
/// An application in a process of its own, which is there to be killed: it sends, and keeps what comes in its own table
/// in the store's file. Each of its processes goes on where the last one was.
/// </summary>
internal static class ChildApplication
{
    private const int AtOnce = 20;

    /// <summary>
    /// Run as <c>dotnet Messaging.Tests.dll application &lt;address&gt; &lt;file&gt; &lt;to send&gt; &lt;to receive&gt;</c>.
    /// </summary>
    public static async Task RunAsync(string[] arguments)
    {
        if (arguments is not [var address, var path, var outgoing, var incoming])
            throw new ArgumentException("application ADDRESS FILE OUTGOING INCOMING", nameof(arguments));
        LedgerEdit.Run(path, "CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, id TEXT)");
        var seen = (int)LedgerEdit.Ask(path, "SELECT count(*) FROM seen");
        await using var store = MessagingStore.Open(path);
        await using var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(address),
            User = "alice",
            Device = "phone",
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(20),
            ReconnectMaxDelay = TimeSpan.FromMilliseconds(200),
            Store = store,
        });
        var receiving = ReceiveAsync(client, Number(incoming) - seen);
        await SendAsync(client, Number(outgoing));
        await receiving;
        await Console.Out.WriteLineAsync("done");
    }

    private static async Task SendAsync(MessagingClient client, int count)
    {
        var handles = new List<SendHandle>();
        // Calls keep their order, so what an earlier process has handed over is what comes first.
        while (await client.FindAsync(IdOf(handles.Count)) is { } handle)
            handles.Add(handle);
        while (handles.Count < count)
        {
            var next = Enumerable.Range(handles.Count, Math.Min(AtOnce, count - handles.Count));
            handles.AddRange(await Task.WhenAll(
                next.Select(i => client.SendAsync(new OutgoingMessage { To = "bob", Id = IdOf(i) }))));
            await Console.Out.WriteLineAsync($"sent {handles.Count}");
        }
        foreach (var handle in handles)
            await handle.Accepted;
    }

    private static string IdOf(int number) => $"alice-{number}";

    private static async Task ReceiveAsync(MessagingClient client, int count)
    {
        if (count > 0)
            await TakeAsync(client, count);
        await client.MarkReadAsync("bob");
    }

    private static async Task TakeAsync(MessagingClient client, int count)
    {
        await foreach (var message in client.ReceiveAsync())
        {
            if (message.UserOffset % 10 == 0)
                await client.MarkReadAsync("bob");
            await client.HandleAsync(message,
                connection => LedgerEdit.Run(connection, $"INSERT INTO seen (id) VALUES ('{message.Id}')"));
            if (--count == 0)
                return;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
