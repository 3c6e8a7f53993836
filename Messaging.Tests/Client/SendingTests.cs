using Google.Protobuf;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Client;

[TestFixture(StoreKind.Memory)]
[TestFixture(StoreKind.File)]
internal sealed class SendingTests(StoreKind store) : ClientFixture(store)
{
    protected override MessagingClientOptions Options => base.Options with { MaxUnacceptedMessages = 4 };

    [Test]
    [Protocol("4.26")]
    public async Task The_answer_completes_the_handle_with_its_offsets()
    {
        var stream = await ConnectAsync();
        var handle = await SendAsync("a");
        var sent = await stream.NextMessageAsync();
        stream.Send(Down.Accepted("a", offset: 1, userOffset: 7));

        var acceptance = await handle.Accepted.WaitAsync(Waits.Deadline);

        Assert.That(sent.To.User, Is.EqualTo("bob"));
        Assert.That(acceptance, Is.EqualTo(new Acceptance(7, 1, DateTimeOffset.FromUnixTimeSeconds(1))));
    }

    [Test]
    public async Task A_message_is_found_at_every_moment_while_its_answer_is_taken()
    {
        var stream = await ConnectAsync();
        for (var i = 1; i <= 300; i++)
        {
            var id = $"m-{i}";
            var handle = await SendAsync(id);
            await stream.NextMessageAsync();
            var looking = Task.Run(() => LookAsync(id, handle));
            stream.Send(Down.Accepted(id, i, i));
            await looking.WaitAsync(Waits.Deadline);
        }

        async Task LookAsync(string id, SendHandle handle)
        {
            do
            {
                Assert.That(await Client.FindAsync(id), Is.Not.Null, id);
            }
            while (!handle.Accepted.IsCompleted);
        }
    }

    [Test]
    [Protocol("4.42")]
    public async Task An_id_is_a_new_version_7_uuid_unless_the_application_names_one()
    {
        var handle = await Client.SendAsync("bob", new byte[] { 1 });

        Assert.That(Guid.Parse(handle.Id).Version, Is.EqualTo(7));
    }

    [Test]
    [Protocol("4.27")]
    public async Task Retry_sends_the_same_bytes_until_the_offset_advances()
    {
        Jitter = 1;
        var stream = await ConnectAsync();
        var handle = await SendAsync("a");
        var first = await stream.NextAsync();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            stream.Send(Down.NotAdvanced("a"));
            var again = await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), stream.NextAsync());
            Assert.That(again.ToByteArray(), Is.EqualTo(first.ToByteArray()));
        }
        stream.Send(Down.Accepted("a", 1, 1));

        await handle.Accepted.WaitAsync(Waits.Deadline);
    }

    [Test]
    [Protocol("4.27")]
    public async Task A_refused_message_waits_for_its_back_off()
    {
        Jitter = 1;
        var stream = await ConnectAsync();
        await SendAsync("a");
        await stream.NextAsync();
        var before = Time.GetUtcNow();
        stream.Send(Down.NotAdvanced("a"));

        await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(1), stream.NextAsync());

        Assert.That(Time.GetUtcNow() - before, Is.GreaterThanOrEqualTo(Options.RetryBaseDelay));
    }

    [Test]
    [Protocol("4.28")]
    public async Task An_error_faults_the_handle_and_holds_up_no_other()
    {
        var stream = await ConnectAsync();
        var refused = await SendAsync("a");
        var next = await SendAsync("b");
        await stream.NextAsync();
        await stream.NextAsync();
        stream.Send(Down.Error("a", "permission_denied: not to bob"), Down.Accepted("b", 1, 1));

        await next.Accepted.WaitAsync(Waits.Deadline);

        Assert.That(async () => await refused.Accepted, Throws.TypeOf<MessageRefusedException>()
            .With.Property("Code").EqualTo("permission_denied").And.Property("Text").EqualTo("not to bob"));
        Assert.That(async () => await refused.Read.WaitAsync(Waits.Deadline), Throws.TypeOf<MessageRefusedException>());
    }

    [Test]
    [Protocol("4.52")]
    public async Task Unanswered_messages_go_again_in_order_and_before_new_ones()
    {
        var lost = await ConnectAsync();
        foreach (var (id, to) in new[] { ("a", "bob"), ("b", "carol"), ("c", "bob") })
            await SendAsync(id, to);
        await lost.NextAsync();
        lost.Send(Down.Accepted("a", 1, 1));
        await lost.NextAsync();
        lost.Break();
        var stream = await Server.NextAsync();
        await SendAsync("d");
        stream.Open();

        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add((await stream.NextMessageAsync()).Id);

        Assert.That(ids, Is.EqualTo(new[] { "b", "c", "d" }));
    }

    [Test]
    public async Task Behind_a_message_that_backs_off_its_conversation_waits_and_others_go_on()
    {
        Jitter = 1;
        var stream = await ConnectAsync();
        await SendAsync("a");
        await SendAsync("b");
        await stream.NextAsync();
        await stream.NextAsync();
        stream.Send(Down.NotAdvanced("a"), Down.NotAdvanced("b", "aborted: an earlier message waits"));
        await SettleAsync(stream);
        await SendAsync("c");
        await SendAsync("x", to: "carol");
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("x"));

        var again = await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), stream.NextMessageAsync());
        Assert.That(again.Id, Is.EqualTo("a"));
        Assert.That(stream.HasMore, Is.False);
        stream.Send(Down.Accepted("a", 1, 1));

        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("b"));
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("c"));
    }

    [Test]
    [Protocol("4.52")]
    public async Task A_message_that_backs_off_keeps_its_place_on_the_next_stream()
    {
        Jitter = 1;
        var lost = await ConnectAsync();
        await SendAsync("a");
        await lost.NextAsync();
        lost.Send(Down.NotAdvanced("a"));
        await SettleAsync(lost);
        Jitter = 0;
        lost.Break();
        var stream = (await Server.NextAsync()).Open();
        await SendAsync("b");

        var first = await Time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), stream.NextMessageAsync());
        stream.Send(Down.Accepted("a", 1, 1));

        Assert.That(first.Id, Is.EqualTo("a"));
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("b"));
    }

    [Test]
    public async Task A_full_outbox_lets_the_sender_wait_until_an_answer_comes()
    {
        var stream = await ConnectAsync();
        for (var i = 0; i < 4; i++)
            await SendAsync($"m{i}");
        var fifth = SendAsync("m4");
        Assert.That(fifth.IsCompleted, Is.False);

        await stream.NextAsync();
        stream.Send(Down.Accepted("m0", 1, 1));

        Assert.That((await fifth.WaitAsync(Waits.Deadline)).Id, Is.EqualTo("m4"));
    }

    [Test]
    [Protocol("4.43")]
    public async Task Messages_keep_the_order_of_the_calls_though_nobody_awaits_them_one_by_one()
    {
        var handing = Enumerable.Range(0, 50).Select(i => SendAsync($"m{i}")).ToList();
        var stream = await ConnectAsync();

        for (var i = 0; i < handing.Count; i++)
        {
            Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo($"m{i}"));
            stream.Send(Down.Accepted($"m{i}", i + 1, i + 1));
        }

        await Task.WhenAll(handing).WaitAsync(Waits.Deadline);
    }

    [Test]
    public async Task Who_gives_up_waiting_for_a_place_leaves_the_order_as_it_is()
    {
        var stream = await ConnectAsync();
        for (var i = 0; i < 4; i++)
            await SendAsync($"m{i}");
        using var givingUp = new CancellationTokenSource();
        var given = Client.SendAsync(new OutgoingMessage { To = "bob", Id = "given up" }, givingUp.Token);
        var next = SendAsync("next");

        await givingUp.CancelAsync();
        await stream.NextAsync();
        stream.Send(Down.Accepted("m0", 1, 1));

        await next;
        Assert.That(given.IsCanceled, Is.True);
        for (var i = 1; i < 4; i++)
            await stream.NextAsync();
        Assert.That((await stream.NextMessageAsync()).Id, Is.EqualTo("next"));
    }

    [Test]
    public async Task An_id_that_is_on_its_way_is_not_taken_again()
    {
        await SendAsync("a");

        Assert.That(async () => await SendAsync("a"), Throws.ArgumentException);
    }

    [Test]
    public async Task A_payload_that_would_cost_the_stream_is_not_taken()
    {
        await ConnectAsync();

        Assert.That(async () => await Client.SendAsync("bob", new byte[(256 * 1024) + 1]), Throws.ArgumentException);
    }
}
