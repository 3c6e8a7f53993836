using Messaging.Client;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Samples;

/// <summary>Two people chat through pipes, with the real service between them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ChatTests
{
    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private readonly List<ChatProcess> _processes = [];
    private TestServer? _server;

    private TestServer Server => _server ?? throw new InvalidOperationException("not started");

    [SetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync("--Messaging:Limits:PayloadBytes=100");

    [TearDown]
    public async Task StopAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Ticks_and_unread_counts_follow_what_the_other_does()
    {
        var alice = Start("alice", "phone", "bob");
        var bob = Start("bob", "laptop", "alice");
        await alice.WritesAsync("* connected");
        await bob.WritesAsync("* connected");

        await alice.EnterAsync("hello");
        await bob.WritesAsync("alice: hello");
        await bob.WritesAsync("* 1 unread");
        await alice.WritesAsync("alice: hello (received)");
        Assert.That(alice.HasWritten("alice: hello (read)"), Is.False, "bob has not looked");

        await bob.EnterAsync("hi");
        await alice.WritesAsync("alice: hello (read)");
        await alice.WritesAsync("bob: hi");
        await bob.WritesAsync("* 0 unread");
    }

    [Test]
    public async Task What_is_written_without_a_server_goes_out_when_it_is_back()
    {
        var alice = Start("alice", "phone", "bob");
        var bob = Start("bob", "laptop", "alice");
        await alice.EnterAsync("before");
        await bob.WritesAsync("alice: before");
        await bob.EnterAsync("");
        await alice.WritesAsync("alice: before (read)");
        await Server.StopAsync();
        await alice.WritesAsync("* no connection, trying again");
        await bob.WritesAsync("* no connection, trying again");

        await alice.EnterAsync("meanwhile");
        await alice.WritesAsync("alice: meanwhile (waiting)");
        await alice.EnterAsync("/quit");
        Assert.That(await alice.EndAsync(), Is.Zero);
        alice = Start("alice", "phone", "bob");
        await alice.WritesAsync("alice: before (read)");
        await alice.WritesAsync("alice: meanwhile (waiting)");
        Assert.That(bob.HasWritten("alice: meanwhile"), Is.False);
        await Server.StartAgainAsync();

        await bob.WritesAsync("alice: meanwhile");
        await alice.WritesAsync("alice: meanwhile (received)");
        Assert.That(bob.Output.Split('\n').Count(line => line == "alice: meanwhile"), Is.EqualTo(1));
    }

    [Test]
    public async Task What_is_refused_shows_why_until_it_is_dropped()
    {
        var alice = Start("alice", "phone", "bob");
        var tooLong = new string('x', 101);

        await alice.EnterAsync(tooLong);
        await Wait.Eventually("it is refused", () => Refusals() == 1);
        await alice.EnterAsync("/drop");
        await alice.EnterAsync("next");
        await alice.WritesAsync("alice: next (sent)");
        await alice.EnterAsync("/quit");
        Assert.That(await alice.EndAsync(), Is.Zero);
        alice = Start("alice", "phone", "bob");
        await alice.WritesAsync("alice: next (sent)");

        Assert.That(Refusals(), Is.Zero);

        int Refusals() => alice.Output.Split('\n').Count(line =>
            line.StartsWith($"alice: {tooLong} (refused, invalid_argument: ", StringComparison.Ordinal));
    }

    [Test]
    public async Task It_shows_who_is_typing_and_who_else_has_written()
    {
        var alice = Start("alice", "phone", "bob");
        await alice.WritesAsync("* connected");
        await using var bob = Client("bob");
        await using var carol = Client("carol");
        await bob.WaitUntilConnectedAsync().InTime("bob is connected");

        await bob.SendAwarenessAsync("alice", AwarenessStatus.Typing).InTime("it is sent");
        await carol.SendAsync("alice", "hello"u8.ToArray()).InTime("it is sent");

        await alice.WritesAsync("* bob is typing");
        await alice.WritesAsync("* 1 unread from carol");
    }

    [Test]
    public async Task It_explains_itself_and_says_what_is_wrong()
    {
        var help = Run("--help");
        Assert.That(await help.EndAsync(), Is.Zero);
        Assert.That(help.Output, Does.Contain("alice phone bob").And.Contain("/quit"));

        var wrong = Run("alice");
        Assert.That(await wrong.EndAsync(), Is.EqualTo(1));
        Assert.That(wrong.Output, Does.Contain("--help"));

        var first = Start("alice", "phone", "bob");
        await first.WritesAsync("* connected");
        await first.EnterAsync("/nonsense");
        await first.WritesAsync("There is no /nonsense; /help shows what there is.");
        var second = Start("alice", "phone", "bob");
        Assert.That(await second.EndAsync(), Is.EqualTo(1));
        Assert.That(second.Output, Does.Contain("is open already"));
    }

    private ChatProcess Start(string user, string device, string peer) =>
        Run(user, device, peer, "--server", Server.Address, "--store", _folder.File($"{user}.db"));

    private ChatProcess Run(params string[] arguments)
    {
        var process = new ChatProcess(arguments);
        _processes.Add(process);
        return process;
    }

    private MessagingClient Client(string user) => MessagingClient.Start(new MessagingClientOptions
    {
        Address = new Uri(Server.Address), User = user, Device = "tablet",
    });
}
