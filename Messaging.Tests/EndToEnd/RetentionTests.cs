using System.Diagnostics.Metrics;
using System.Globalization;
using Messaging.Client;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Heard = Messaging.Tests.Operations.Heard;

namespace Messaging.Tests.EndToEnd;

/// <summary>A service that keeps messages for so long, and devices that come later than that.</summary>
public sealed class RetentionTests : ServerTests
{
    private const int Old = 60;

    private readonly ServerTime time = new();
    private readonly TemporaryFolder folder = TemporaryFolder.Create();

    private protected override string[] Settings =>
        ["--Messaging:Retention:UndeliveredAge=200.00:00:00", "--Messaging:Ledger:TailRows=16"];

    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<TimeProvider>(time);

    [TearDown]
    public void End() => folder.Dispose();

    [Test]
    public async Task A_phone_that_slept_for_a_year_goes_on_without_a_hole()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "before");
        await using (var store = MessagingStore.Open(folder.File("bob.db")))
        await using (var bob = Connect(store))
        {
            Assert.That(await TakeAsync(bob, 1), Is.EqualTo(["before"]));
            await Wait.Eventually("it is acknowledged", () => alice.Frames.Any(frame => frame.Signal?.SignalAckState?.Received == true));
        }

        await YearsPassAsync(alice);
        await alice.SendAsync("bob", "kept-1");
        await alice.SendAsync("bob", "kept-2");
        await using (var store = MessagingStore.Open(folder.File("bob.db")))
        await using (var bob = Connect(store))
        {
            Assert.That(await TakeAsync(bob, 2), Is.EqualTo(["kept-1", "kept-2"]));
            await alice.SendAsync("bob", "after");
            Assert.That(await TakeAsync(bob, 1), Is.EqualTo(["after"]));
            Assert.That((await bob.GetMessagesAsync("alice")).Select(message => message.Id), Is.EqualTo(["before", "kept-1", "kept-2", "after"]));
        }

        // His cursor has passed what he never got, and what he got he has.
        var raw = await ConnectAsync("bob/phone");
        Assert.That(raw.Frames[0].Signal.SignalOffset, Is.EqualTo(Old + 4));
    }

    [Test]
    [Protocol("2.39", "4.38", "4.58", "5.40")]
    public async Task What_is_gone_is_accounted_for_and_known_when_it_comes_again()
    {
        var alice = await ConnectAsync("alice/phone");
        using var heard = new Heard(Server.Services.GetRequiredService<Meter>());
        var first = await alice.SendAsync("bob", "before");
        await YearsPassAsync(alice);
        await Wait.Eventually("they are counted", () => heard.Of("messaging.server.ledger.removed.bodies") == Old + 1);
        Assert.That(heard.Of("messaging.server.ledger.removed.size"), Is.GreaterThan(Old));
        Assert.That(heard.TimesOf("messaging.server.ledger.retention.duration"), Is.Positive);
        await alice.SendAsync("bob", "kept");

        var bob = await ConnectAsync("bob/new");
        Assert.That((await bob.MessagesAsync(1))[0].Id, Is.EqualTo("kept"));
        Assert.That(bob.Frames[1].Signal, Is.EqualTo(new Signal
        {
            Type = SignalKind.Response, SignalType = SignalType.Device, SignalOffset = Old + 1, SignalOffsetState = true,
        }));
        var answer = await bob.AskAsync(new Signal { Id = "again", Type = SignalKind.Request });
        Assert.That(answer.SignalOffset, Is.EqualTo(Old + 1));
        Assert.That((await bob.MessagesAsync(2))[1].Id, Is.EqualTo("kept"));

        Assert.That(await alice.RepeatAsync(ProbeDevice.Text("bob", "before")), Is.EqualTo(first));
    }

    [Test]
    [Protocol("12.10", "12.11", "12.13", "12.14")]
    public async Task History_begins_where_messages_are_kept_and_says_so()
    {
        var alice = await ConnectAsync("alice/phone");
        await YearsPassAsync(alice);
        var client = new HistoryService.HistoryServiceClient(Server.Channel);
        var headers = With(("messaging-user", "bob"), ("messaging-device", "phone"));
        var nothing = await client.ListAsync(new() { User = "alice" }, headers).ResponseAsync.InTime("nothing is left");
        Assert.That((nothing.Messages.Count, nothing.Head, nothing.KeptFrom), Is.EqualTo((0, Old, Old + 1)));

        for (var i = 1; i <= 3; i++)
            await alice.SendAsync("bob", $"kept-{i}");
        foreach (var request in new HistoryServiceListRequest[] { new() { User = "alice" }, new() { User = "alice", After = 0 }, new() { User = "alice", Before = 100 } })
        {
            var page = await client.ListAsync(request, headers).ResponseAsync.InTime("a page");
            Assert.That(page.Messages.Select(message => message.Id), Is.EqualTo(["kept-1", "kept-2", "kept-3"]));
            Assert.That((page.Head, page.KeptFrom), Is.EqualTo((Old + 3, Old + 1)));
        }

        var standing = (await client.ConversationsAsync(new(), headers).ResponseAsync.InTime("the list")).Conversations.Single();
        Assert.That((standing.KeptFrom, standing.Unread, standing.LastMessage.Id), Is.EqualTo((Old + 1, 3, "kept-3")));
    }

    /// <summary>Messages to bob are sent, and long after that they are gone.</summary>
    private async Task YearsPassAsync(ProbeDevice alice)
    {
        var before = LedgerEdit.Ask(Server.LedgerPath, "SELECT count(*) FROM journal WHERE kind = 1");
        for (var i = 1; i <= Old; i++)
            await alice.SendAsync("bob", string.Create(CultureInfo.InvariantCulture, $"old-{i}"));
        time.Advance(TimeSpan.FromDays(365));
        await Wait.Eventually("they are gone", () => LedgerEdit.Ask(
            Server.LedgerPath, "SELECT count(*) FROM journal WHERE kind = 1 AND body IS NULL") == before + Old);
    }

    private MessagingClient Connect(MessagingStore store) => MessagingClient.Start(new MessagingClientOptions
    {
        Address = new Uri(Server.Address), User = "bob", Device = "phone", Store = store,
    });

    private static async Task<List<string>> TakeAsync(MessagingClient client, int count)
    {
        var ids = new List<string>();
        await using var reader = client.ReceiveAsync().GetAsyncEnumerator();
        while (ids.Count < count && await reader.MoveNextAsync().InTime("a message comes"))
        {
            ids.Add(reader.Current.Id);
            client.Acknowledge(reader.Current);
        }

        return ids;
    }
}
