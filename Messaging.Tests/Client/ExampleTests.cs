using System.Text.RegularExpressions;
using Messaging.Client;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>What <c>docs/client.md</c> shows compiles, and does what it says against the real service.</summary>
internal sealed partial class ExampleTests
{
    [Test]
    public void Every_example_of_the_page_is_compiled_letter_for_letter()
    {
        var code = Lines(File.ReadAllText(Path.Combine(SourceFolder.Path, "Messaging.Tests/Client/Examples.cs")));
        var blocks = CodeBlock().Matches(File.ReadAllText(Path.Combine(SourceFolder.Path, "docs/client.md")));

        Assert.That(blocks, Has.Count.EqualTo(11));
        foreach (Match block in blocks)
            Assert.That(code, Does.Contain(Lines(block.Groups[1].Value)));
    }

    [Test]
    public async Task The_examples_do_what_they_say()
    {
        using var folder = TemporaryFolder.Create();
        await using var server = await TestServer.StartAsync();
        await using var bob = Start(server, "bob");
        var path = folder.File("alice.db");
        await using var store = MessagingStore.Open(path);
        await using var alice = Start(server, "alice", store);
        LedgerEdit.Run(path, "CREATE TABLE orders (id TEXT, body BLOB)");

        await Examples.GatheredAsync(alice).InTime("they are accepted");
        var sent = (await alice.GetMessagesAsync("bob"))[0];
        await Examples.FindAsync(alice, sent.Id).InTime("it is found");
        await bob.SendAsync("alice", "order"u8.ToArray());
        var handling = Examples.HandleAsync(alice);
        await Wait.Eventually("the order is there", () => LedgerEdit.Ask(path, "SELECT count(*) FROM orders") == 1);
        await Examples.OfflineAsync(alice).InTime("it is read");
        Assert.That((await alice.GetConversationsAsync()).Single().Unread, Is.Zero);
        await Examples.FetchAsync(alice).InTime("it is fetched");
        var conflict = await alice.SendAsync(new OutgoingMessage { To = "bob", Id = sent.Id, Payload = "other"u8.ToArray() });
        Assert.CatchAsync<MessageRefusedException>(() => conflict.Accepted.InTime("it is refused"));
        await Examples.PauseAsync(alice).InTime("it is back");
        await alice.WaitUntilConnectedAsync().InTime("it is connected again");
        await Examples.ParkedAsync(alice).InTime("it is replaced");
        Assert.That(await alice.GetParkedAsync(), Is.Empty);
        Assert.That(await alice.GetMessagesAsync("bob"), Has.Count.EqualTo(5));
        await alice.DisposeAsync();
        Assert.CatchAsync<ClientClosedException>(() => handling.InTime("the loop ends with the client"));
    }

    private static MessagingClient Start(TestServer server, string user, MessagingStore? store = null) =>
        MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri(server.Address), User = user, Device = "phone", Store = store,
        });

    // Indentation is the page's own.
    private static string Lines(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
