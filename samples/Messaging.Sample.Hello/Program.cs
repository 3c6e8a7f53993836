using System.Diagnostics;
using System.Text;
using Messaging.Client;

// hello [ADDRESS]: alice writes to bob, bob gets it and reads it, and alice learns of it.
var address = new Uri(args.FirstOrDefault() ?? "http://127.0.0.1:5080");
var bobsName = $"bob-{Guid.NewGuid():N}";
var started = Stopwatch.StartNew();
var folder = Directory.CreateTempSubdirectory("messaging-hello-");
try
{
    await using var store = MessagingStore.Open(Path.Combine(folder.FullName, "alice.db"));
    await using var alice = MessagingClient.Start(new MessagingClientOptions
    {
        Address = address, User = $"alice-{Guid.NewGuid():N}", Device = "phone", Store = store,
    });
    await using var bob = MessagingClient.Start(new MessagingClientOptions
    {
        Address = address, User = bobsName, Device = "laptop",
    });

    using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
    await bob.WaitUntilConnectedAsync(patience.Token);
    var sent = await alice.SendAsync(bobsName, Encoding.UTF8.GetBytes("hello"), patience.Token);
    await foreach (var message in bob.ReceiveAsync(patience.Token))
    {
        Console.WriteLine($"{message.From.User} wrote: {Encoding.UTF8.GetString(message.Payload.Span)}");
        await bob.MarkReadAsync(message, patience.Token);
        break;
    }

    await sent.Read.WaitAsync(patience.Token);
    Console.WriteLine($"read, {started.ElapsedMilliseconds} ms after the start");
    return 0;
}
finally
{
    folder.Delete(recursive: true);
}
