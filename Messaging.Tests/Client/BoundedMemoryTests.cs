using Google.Protobuf;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>A store in memory, an application that does not read, and a server that keeps to nothing.</summary>
internal sealed class BoundedMemoryTests : ClientFixture
{
    private int? _asked;

    protected override MessagingClientOptions Options => base.Options with { Window = _asked };

    [TestCase(null)]
    [TestCase(int.MaxValue)]
    public async Task A_server_gets_no_larger_window_than_was_asked_for(int? named)
    {
        _asked = 8;
        _ = Client;
        var stream = (await Server.NextAsync()).Open(window: named);
        await SettleAsync(stream);
        for (var i = 1; i <= 8; i++)
            stream.Send(Down.Message(i));
        await SettleAsync(stream);
        Assert.That((Client.State, Client.IsHeldBack), Is.EqualTo((ConnectionState.Connected, true)));

        stream.Send(Down.Message(9));
        await Server.NextAsync();
    }

    [Test]
    public async Task Messages_that_nobody_reads_fill_no_more_than_64_MiB()
    {
        _ = Client;
        var stream = (await Server.NextAsync()).Open(window: int.MaxValue);
        await SettleAsync(stream);
        var payload = ByteString.CopyFrom(new byte[1 << 20]);
        for (var i = 1; i <= 66; i++)
        {
            var frame = Down.Message(i);
            frame.Message.Payload = payload;
            stream.Send(frame);
        }

        await Server.NextAsync();
    }

    [Test]
    public async Task What_was_handled_is_remembered_by_ids_that_the_protocol_allows()
    {
        const int Handled = 400; // 80 MB of ids
        var stream = await ConnectAsync();
        await SettleAsync(stream);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 1; i <= Handled; i++)
        {
            stream.Send(Down.Message(i, id: new string('x', 100_000) + i));
            await ReadAsync();
            Client.Acknowledge(Current);
            while (await NextAcknowledgementAsync(stream) < i)
            {
            }
        }

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(24 << 20));
    }
}
