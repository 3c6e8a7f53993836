using Grpc.Core;
using Messaging.Service.Hosting;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §12: what was said, read back by calls.</summary>
[TestFixture]
public sealed class Section12_History : ProtocolTests
{
    private readonly List<GatedLedger> ledgers = [];

    private protected override string[] Settings =>
    [
        "--Messaging:History:PageMessages=10", "--Messaging:History:PageConversations=2", "--Messaging:History:MaxUnread=5",
        "--Messaging:History:PageBytes=1024", "--Messaging:History:CallsPerUser=2",
    ];

    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<OpenLedger>(async (services, cancellationToken) =>
        {
            ledgers.Add(new GatedLedger(await LedgerOpening.OpenAsync(services, cancellationToken)));
            return ledgers[^1];
        });

    [Test]
    [Protocol("12.1")]
    public void Whoever_cannot_be_told_is_refused()
    {
        foreach (var headers in new[]
        {
            [], new Metadata { { "messaging-user", "alice" } }, new Metadata { { "messaging-device", "phone" } },
            new Metadata { { "messaging-user", "%FF" }, { "messaging-device", "phone" } },
        })
        {
            Assert.That(StatusOf(() => Client.ListAsync(List("bob"), headers).ResponseAsync), Is.EqualTo(StatusCode.Unauthenticated));
            Assert.That(
                StatusOf(() => Client.ConversationsAsync(new(), headers).ResponseAsync), Is.EqualTo(StatusCode.Unauthenticated));
        }
    }

    [Test]
    [Protocol("12.5", "12.6")]
    public async Task History_gives_messages_as_a_device_gets_them()
    {
        var alice = await AliceWritesAsync(3);
        await alice.SendAsync("carol", "other");
        var bob = await ConnectAsync("bob/phone");
        await bob.SendAsync("alice", "answer");
        await bob.AcknowledgeAsync(2);
        await bob.ReadAsync("alice", upTo: 1);

        foreach (var name in new[] { "alice/phone", "alice/laptop", "bob/phone", "bob/laptop" })
        {
            // The same frames, but that the device itself learns of its own by an answer.
            var device = await ConnectAsync($"{name[..^1]}~");
            var queue = (await device.MessagesAsync(name[0] == 'a' ? 5 : 4))
                .Where(message => message.Id != "other").Select(message => message.Clone()).ToList();
            foreach (var message in queue.Where(message => message.From.User + "/" + message.From.Device == name))
                message.SignalType = SignalType.Sender;
            var history = await ListAsync(name, name[0] == 'a' ? "bob" : "alice");
            Assert.That(history.Messages, Is.EqualTo(queue), name);
            Assert.That((history.Head, history.KeptFrom), Is.EqualTo((4, 1)));
        }
    }

    [Test]
    [Protocol("12.2")]
    public async Task Reading_history_moves_nothing_and_registers_no_device()
    {
        var alice = await AliceWritesAsync(3);
        Assert.That((await ListAsync("bob/new", "alice")).Messages, Has.Count.EqualTo(3));
        await Client.ConversationsAsync(new(), Headers("bob/new"));

        // Only a device that the server has never seen may start at the head.
        var bob = await ConnectAsync("bob/new", ("messaging-start", "head"));
        Assert.That(bob.Position, Is.EqualTo(3));
        Assert.That(await SoFarAsync(alice), Has.None.Matches<Frame>(frame => frame.Signal?.SignalAckState?.Received == true));
        Assert.That((await ListAsync("alice/phone", "bob")).Messages.Select(message => message.SignalAckState),
            Is.All.EqualTo(new SignalAckState { Send = true }));
    }

    [Test]
    [Protocol("12.3", "12.4")]
    public async Task Anothers_conversation_is_answered_as_one_that_is_not_there()
    {
        await AliceWritesAsync(3);
        var nothing = new HistoryServiceListResponse { KeptFrom = 1 };
        foreach (var user in new[] { "alice", "bob", "nobody", "mallory", "alice,bob", "' OR 1=1 --" })
            Assert.That(await ListAsync("mallory/phone", user), Is.EqualTo(nothing), user);
        Assert.That(
            await Client.ConversationsAsync(new(), Headers("mallory/phone")),
            Is.EqualTo(new HistoryServiceConversationsResponse()));
    }

    [Test]
    [Protocol("12.7", "12.8", "12.9", "12.10")]
    public async Task Pages_are_cut_down_to_the_servers_limits_and_go_on_where_they_ended()
    {
        var alice = await AliceWritesAsync(24);
        var back = new List<string>();
        for (var before = 0; before != 1;)
        {
            var page = await ListAsync("bob/phone", "alice", before: before, limit: before == 0 ? 0 : 1_000_000);
            Assert.That(page.Messages, Has.Count.LessThanOrEqualTo(10));
            back.InsertRange(0, page.Messages.Select(message => message.Id));
            before = page.Messages[0].UserOffset;
            await alice.SendAsync("bob", $"later-{before}");
        }

        var forth = new List<string>();
        for (var (after, head) = (0, 24); after < head;)
        {
            var page = await ListAsync("bob/phone", "alice", after: after, limit: 7);
            forth.AddRange(page.Messages.Select(message => message.Id));
            (after, head) = (page.Messages[^1].UserOffset, page.Head);
        }

        Assert.That(back, Is.EqualTo(Enumerable.Range(1, 24).Select(i => $"m-{i}")));
        Assert.That(forth, Is.EqualTo((string[])[.. back, "later-15", "later-5", "later-1"]));
    }

    [Test]
    [Protocol("12.9")]
    public async Task A_page_ends_where_it_would_be_too_large_but_one_message_may_always_be_there()
    {
        var alice = await ConnectAsync("alice/phone");
        foreach (var (id, length) in new[] { ("m-1", 5_000), ("m-2", 500), ("m-3", 400), ("m-4", 100_000) })
            await alice.SendAsync("bob", id, new string('x', length));

        Assert.That((await ListAsync("bob/phone", "alice")).Messages.Select(message => message.Id), Is.EqualTo(new[] { "m-4" }));
        Assert.That(
            (await ListAsync("bob/phone", "alice", before: 4)).Messages.Select(message => message.Id),
            Is.EqualTo(new[] { "m-2", "m-3" }));
        Assert.That(
            (await ListAsync("bob/phone", "alice", after: 0)).Messages.Select(message => message.Id), Is.EqualTo(new[] { "m-1" }));
    }

    [Test]
    [Protocol("12.11")]
    public async Task What_retention_has_emptied_is_left_out_and_the_answer_says_up_to_where()
    {
        await AliceWritesAsync(6);
        await ExpireAsync("m-1", "m-2", "m-5");
        var page = await ListAsync("bob/phone", "alice");
        Assert.That(page.Messages.Select(message => message.UserOffset), Is.EqualTo(new[] { 3, 4, 6 }));
        Assert.That((page.Head, page.KeptFrom), Is.EqualTo((6, 3)));
        Assert.That(
            (await ListAsync("bob/phone", "alice", after: 0, limit: 2)).Messages.Select(message => message.UserOffset),
            Is.EqualTo(new[] { 3, 4 }));
        Assert.That((await ListAsync("bob/phone", "alice", before: 3)).Messages, Is.Empty);

        await ExpireAsync("m-3", "m-4", "m-6");
        page = await ListAsync("bob/phone", "alice");
        Assert.That((page.Messages.Count, page.Head, page.KeptFrom), Is.EqualTo((0, 6, 7)));
        var standing = (await Client.ConversationsAsync(new(), Headers("bob/phone"))).Conversations.Single();
        Assert.That(standing, Is.EqualTo(new ConversationStanding { User = "alice", Head = 6, KeptFrom = 7 }));
    }

    [Test]
    [Protocol("12.12", "12.13", "12.14")]
    public async Task Conversations_come_in_pages_and_say_how_they_stand()
    {
        await AliceWritesAsync(8);
        foreach (var name in new[] { "carol", "dave" })
            await (await ConnectAsync($"{name}/phone")).SendAsync("bob", name);
        var bob = await ConnectAsync("bob/phone");
        await bob.SendAsync("alice", "answer");
        await bob.AcknowledgeAsync(8);
        await bob.ReadAsync("alice", upTo: 1);

        var first = await Client.ConversationsAsync(new(), Headers("bob/phone"));
        Assert.That(first.Conversations.Select(one => one.User), Is.EqualTo(new[] { "dave", "carol" }));
        Assert.That(first.HasMore, Is.True);
        var second = await Client.ConversationsAsync(new() { After = "carol", Limit = 50 }, Headers("bob/phone"));
        Assert.That(second.HasMore, Is.False);
        Assert.That(second.Conversations, Is.EqualTo(new[]
        {
            new ConversationStanding
            {
                User = "alice", Head = 9, KeptFrom = 1, Unread = 5, Received = 8, Read = 1,
                LastMessage = (await ListAsync("bob/phone", "alice", limit: 1)).Messages.Single(),
            },
        }), "seven are unread, and the server counts up to five");

        await bob.ReadAsync("alice", upTo: 6);
        var alices = (await Client.ConversationsAsync(new(), Headers("alice/phone"))).Conversations.Single();
        Assert.That((alices.PeerReceived, alices.PeerRead, alices.Unread), Is.EqualTo((8, 6, 1)));
        Assert.That(
            (await Client.ConversationsAsync(new() { After = "carol" }, Headers("bob/phone"))).Conversations.Single().Unread,
            Is.EqualTo(2));
    }

    [Test]
    [Protocol("12.15")]
    public void What_makes_no_sense_is_refused_and_the_text_says_which_field()
    {
        var longName = new string('x', 256);
        (HistoryServiceListRequest Request, string Field)[] lists =
        [
            (List(""), "user"), (List(longName), "user"), (List("a\nb"), "user"),
            (new() { User = "bob", Limit = -1 }, "limit"),
            (new() { User = "bob", Before = -1 }, "before"), (new() { User = "bob", After = int.MinValue }, "after"),
        ];
        foreach (var (request, field) in lists)
            RequireInvalid(() => Client.ListAsync(request, Headers("alice/phone")).ResponseAsync, field);
        (HistoryServiceConversationsRequest Request, string Field)[] conversations =
            [(new() { After = longName }, "after"), (new() { After = "\u0000" }, "after"), (new() { Limit = -1 }, "limit")];
        foreach (var (request, field) in conversations)
            RequireInvalid(() => Client.ConversationsAsync(request, Headers("alice/phone")).ResponseAsync, field);

        static void RequireInvalid(Func<Task> call, string field)
        {
            var refused = Assert.ThrowsAsync<RpcException>(() => call().InTime("the refusal"));
            Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
            Assert.That(refused.Status.Detail, Does.StartWith(field));
        }
    }

    [Test]
    [Protocol("12.16")]
    public async Task One_user_has_only_so_many_calls_at_a_time()
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ledgers[^1].HistoryGate = hold.Task;
        var calls = new[] { ListAsync("alice/phone", "bob"), ListAsync("alice/laptop", "bob") };
        await Wait.Eventually("both are under way", () => ledgers[^1].Reading == 2);

        Assert.That(StatusOf(() => ListAsync("alice/phone", "bob")), Is.EqualTo(StatusCode.ResourceExhausted));
        var others = ListAsync("bob/phone", "alice");
        await Wait.Eventually("another user's is under way", () => ledgers[^1].Reading == 3);
        hold.SetResult();
        await Task.WhenAll([.. calls, others]).InTime("they are answered");
        Assert.That((await ListAsync("alice/phone", "bob")).Head, Is.Zero, "and there is room again");
    }

    [Test]
    [Protocol("12.14")]
    public async Task What_one_device_reads_is_unread_on_none_and_a_restart_changes_nothing()
    {
        await AliceWritesAsync(5);
        var (phone, laptop) = (await ConnectAsync("bob/phone"), await ConnectAsync("bob/laptop"));
        await laptop.AcknowledgeAsync(5);
        await phone.ReadAsync("alice", upTo: 1);
        await CheckAsync(4);
        await laptop.ReadAsync("alice", upTo: 3);
        await CheckAsync(2);

        await Server.RestartAsync();
        await CheckAsync(2);
        await (await ConnectAsync("bob/tablet")).ReadAsync("alice", upTo: 5);
        await CheckAsync(0);

        async Task CheckAsync(int unread)
        {
            foreach (var name in new[] { "bob/phone", "bob/laptop", "bob/new" })
            {
                var standing = (await Client.ConversationsAsync(new(), Headers(name)).InCallTime()).Conversations.Single();
                Assert.That((standing.Unread, standing.LastMessage.Id), Is.EqualTo((unread, "m-5")), name);
            }
        }
    }

    [Test]
    [Protocol("12.17")]
    public async Task A_removed_device_reads_nothing()
    {
        await AliceWritesAsync(3);
        await DisconnectAsync(await ConnectAsync("bob/phone"));
        await new AccountService.AccountServiceClient(Server.Channel)
            .RevokeDeviceAsync(new RevokeDeviceRequest { Device = "phone" }, Headers("bob/laptop")).InCallTime();
        for (var i = 0; i < 2; i++)
        {
            foreach (var call in (Func<Task>[])
                [
                    () => ListAsync("bob/phone", "alice"), () => ListAsync("bob/phone", "nobody"),
                    () => Client.ConversationsAsync(new(), Headers("bob/phone")).InCallTime(),
                ])
            {
                var refused = Assert.ThrowsAsync<RpcException>(() => call());
                Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.PermissionDenied));
                Assert.That(refused.Trailers.GetValue("messaging-reason"), Is.EqualTo("device_revoked"));
            }

            Assert.That((await ListAsync("bob/laptop", "alice")).Messages, Has.Count.EqualTo(3));
            await Server.RestartAsync();
        }
    }

    private HistoryService.HistoryServiceClient Client => new(Server.Channel);

    private static Metadata Headers(string name)
    {
        var parts = name.Split('/');
        return new Metadata { { "messaging-user", parts[0] }, { "messaging-device", parts[1] } };
    }

    private static HistoryServiceListRequest List(string user) => new() { User = user };

    private Task<HistoryServiceListResponse> ListAsync(
        string name, string user, int? before = null, int? after = null, int limit = 0)
    {
        var request = new HistoryServiceListRequest { User = user, Limit = limit };
        if (before is { } first)
            request.Before = first;
        if (after is { } last)
            request.After = last;
        return Client.ListAsync(request, Headers(name)).ResponseAsync.InTime("a page of history");
    }

    private static StatusCode StatusOf(Func<Task> call) =>
        Assert.ThrowsAsync<RpcException>(() => call().InTime("the refusal"))!.StatusCode;
}
