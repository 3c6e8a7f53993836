using Grpc.Core;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>The client over a real socket.</summary>
internal sealed class GrpcTransportTests
{
    private static MessagingClientOptions Options(KestrelScript server) => new()
    {
        Address = server.Address,
        User = "zoë",
        Device = "phone",
        Window = 3,
        ReconnectBaseDelay = TimeSpan.FromMilliseconds(1),
    };

    [Test]
    public async Task Messages_go_up_and_answers_come_down()
    {
        Metadata? asked = null;
        await using var server = await KestrelScript.StartAsync(async (up, down, call) =>
        {
            asked = call.RequestHeaders;
            await call.WriteResponseHeadersAsync(new Metadata { { "messaging-epoch", "e1" } });
            await down.WriteAsync(Down.Position(0));
            var offset = 0;
            while (await up.MoveNext(call.CancellationToken))
            {
                if (up.Current.Message is { } message)
                    await down.WriteAsync(Down.Accepted(message.Id, ++offset, offset));
            }
        });
        await using var client = MessagingClient.Start(Options(server));

        var handles = new List<SendHandle>();
        for (var i = 0; i < 500; i++)
            handles.Add(await client.SendAsync("bob", new byte[100]).WaitAsync(Waits.Deadline));
        var accepted = await Task.WhenAll(handles.Select(h => h.Accepted)).WaitAsync(Waits.Deadline);

        Assert.That(accepted.Select(a => a.UserOffset), Is.EqualTo(Enumerable.Range(1, 500)));
        Assert.That(asked?.GetValue("messaging-user"), Is.EqualTo("zo%C3%AB"));
        Assert.That(asked?.GetValue("messaging-device"), Is.EqualTo("phone"));
        Assert.That(asked?.GetValue("messaging-window"), Is.EqualTo("3"));
    }

    [Test]
    public async Task The_trailer_of_a_replaced_stream_ends_the_client()
    {
        await using var server = await KestrelScript.StartAsync(async (_, down, call) =>
        {
            await call.WriteResponseHeadersAsync([]);
            await down.WriteAsync(Down.Position(0));
            call.ResponseTrailers.Add("messaging-reason", "replaced");
            call.Status = new Status(StatusCode.Aborted, "replaced");
        });
        await using var client = MessagingClient.Start(Options(server));

        Assert.That(async () => await client.Completion.WaitAsync(Waits.Deadline),
            Throws.TypeOf<ClientReplacedException>());
    }

    [Test]
    public async Task The_client_is_refused_with_the_servers_words()
    {
        await using var server = await KestrelScript.StartAsync((_, _, _) =>
            throw new RpcException(new Status(StatusCode.Unauthenticated, "no device")));
        await using var client = MessagingClient.Start(Options(server));

        Assert.That(async () => await client.Completion.WaitAsync(Waits.Deadline),
            Throws.TypeOf<ClientRefusedException>().With.Property("Text").EqualTo("no device"));
    }

    [Test]
    public async Task A_message_is_accepted_across_streams_that_break()
    {
        var streams = 0;
        await using var server = await KestrelScript.StartAsync(async (up, down, call) =>
        {
            await down.WriteAsync(Down.Position(0));
            await up.MoveNext(call.CancellationToken);
            if (Interlocked.Increment(ref streams) < 4)
                call.GetHttpContext().Abort();
            else
                await down.WriteAsync(Down.Accepted(up.Current.Message.Id, 1, 1));
            await up.MoveNext(call.CancellationToken);
        });
        await using var client = MessagingClient.Start(Options(server));

        var handle = await client.SendAsync("bob", new byte[] { 1 });

        Assert.That((await handle.Accepted.WaitAsync(Waits.Deadline)).UserOffset, Is.EqualTo(1));
        Assert.That(streams, Is.EqualTo(4));
    }

    [Test]
    public async Task Disposing_half_closes_and_takes_the_last_answers()
    {
        await using var server = await KestrelScript.StartAsync(async (up, down, call) =>
        {
            await down.WriteAsync(Down.Position(0));
            var taken = new List<string>();
            while (await up.MoveNext(call.CancellationToken))
                taken.Add(up.Current.Message.Id);
            foreach (var id in taken)
                await down.WriteAsync(Down.Accepted(id, 1, 1));
        });
        var client = MessagingClient.Start(Options(server));
        await client.WaitUntilConnectedAsync().WaitAsync(Waits.Deadline);
        var handle = await client.SendAsync("bob", new byte[] { 1 });

        await client.DisposeAsync().AsTask().WaitAsync(Waits.Deadline);

        Assert.That((await handle.Accepted.WaitAsync(Waits.Deadline)).UserOffset, Is.EqualTo(1));
    }

    [Test]
    public async Task A_server_that_is_not_there_is_tried_again()
    {
        await using var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri("http://127.0.0.1:9"),
            User = "alice",
            Device = "phone",
            ReconnectBaseDelay = TimeSpan.FromMilliseconds(1),
        });
        var waits = 0;
        await using var changes = client.WatchConnectionAsync().GetAsyncEnumerator();
        while (waits < 3 && await changes.MoveNextAsync().AsTask().WaitAsync(Waits.Deadline))
            waits += changes.Current.State == ConnectionState.Waiting ? 1 : 0;

        Assert.That(waits, Is.EqualTo(3));
    }
}
