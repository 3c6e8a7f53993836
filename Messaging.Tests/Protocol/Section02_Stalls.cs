using Grpc.Core;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §2: a peer that does not read.</summary>
[TestFixture]
public sealed class Section02_Stalls : ProtocolTests
{
    private protected override string[] Settings =>
        ["--Messaging:Streams:Unanswered=16", "--Messaging:Streams:StallTimeout=00:00:00.300"];

    [Test]
    [Protocol("2.52", "9.26")]
    public async Task A_peer_that_takes_no_answers_is_ended()
    {
        using var call = new MessagingService.MessagingServiceClient(Server.Channel).Sync(
            With(("messaging-user", "alice"), ("messaging-device", "phone")));
        var message = ProbeDevice.Text(new string('b', 255), "");
        message.To.Device = new string('d', 255);

        // It does not read; at some time its writing fails, and what it reads then says why.
        Assert.That(
            async () =>
            {
                for (var i = 0; ; i++)
                {
                    message.Id = $"{new string('i', 100)}-{i}";
                    await call.RequestStream.WriteAsync(Up(message)).InTime("a message goes up, or the stream ends");
                }
            },
            Throws.InstanceOf<RpcException>().Or.InstanceOf<IOException>());
        var ended = Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the next answer"))
            {
            }
        });
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), ended.Message);
        Assert.That((await (await ConnectAsync("alice/phone")).SendAsync("bob", "m")).SignalOffsetState, Is.True);
    }
}
