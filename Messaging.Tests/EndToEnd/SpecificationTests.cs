using Google.Protobuf;
using Grpc.Core;
using Messaging.Tests.Specification;
using Messaging.Tests.Support;
using NUnit.Framework;
using Contract = Messaging.V1;

namespace Messaging.Tests.EndToEnd;

/// <summary>A client built from the specification's own schema, with its numbers, interoperates.</summary>
[TestFixture]
public sealed class SpecificationTests : ServerTests
{
    private static readonly Method<Frame, Frame> Sync = new(
        MethodType.DuplexStreaming, "messaging.v1.MessagingService", "Sync", MarshallerOf(), MarshallerOf());

    [Test]
    public async Task A_client_with_the_specifications_schema_sends_receives_and_acknowledges()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        await alice.SendAsync("bob", "m-1", "hello");
        using var bob = Server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            Sync, null, new CallOptions(With(("messaging-user", "bob"), ("messaging-device", "phone"))));

        var first = await NextAsync(bob);
        Assert.That((first.Signal.Type, first.Signal.SignalType, first.Signal.SignalOffset), Is.EqualTo((2, 2, 0)));
        Assert.That(first.Signal.SignalOffsetState, Is.True);
        var message = (await NextAsync(bob)).Message;
        Assert.Multiple(() =>
        {
            Assert.That(message.SignalType, Is.EqualTo(3), "3 is RECEIVER");
            Assert.That(message.SignalRequest, Is.EqualTo(1), "1 is pull");
            Assert.That((message.SignalOffset, message.UserOffset), Is.EqualTo((1, 1)));
            Assert.That(message.Payload.ToStringUtf8(), Is.EqualTo("hello"));
            Assert.That(message.SignalOffsetState, Is.True);
            Assert.That(message.SignalAckState, Is.EqualTo(new SignalAckState { Send = true }));
        });

        await SendAsync(bob, new Frame
        {
            Signal = new Signal { Id = "a", SignalOffset = 1, SignalAckState = new SignalAckState { Received = true } },
        });
        var answer = (await NextAsync(bob)).Signal;
        Assert.That((answer.Id, answer.Type, answer.SignalType, answer.SignalOffset), Is.EqualTo(("a", 2, 1, 1)));

        await SendAsync(bob, new Frame
        {
            Message = new Message
            {
                Id = "b-1",
                To = new Identity { User = "alice" },
                Timestamp = 1,
                Payload = ByteString.CopyFromUtf8("reply"),
                EncryptionType = "none",
            },
        });
        var accepted = (await NextAsync(bob)).Signal;
        Assert.That((accepted.Id, accepted.Type, accepted.UserOffset), Is.EqualTo(("b-1", 2, 2)));
        Assert.That((accepted.SignalOffsetState, accepted.SignalAckState.Send), Is.EqualTo((true, true)));

        Assert.That((await alice.MessagesAsync(1))[0].Payload.ToStringUtf8(), Is.EqualTo("reply"));
        Assert.That((await alice.ReceiptsAsync(1))[0].SignalAckState.Received, Is.True);
    }

    [Test]
    public void Both_schemas_are_the_same_bytes()
    {
        var contract = new Contract.Frame
        {
            Signal = new Contract.Signal
            {
                Id = "id",
                SignalOffset = 1,
                UserOffset = 2,
                Status = Contract.SignalStatus.Notification,
                Timestamp = 3,
                From = new Contract.Identity { User = "u", Device = "d" },
                To = new Contract.Identity { User = "v" },
                Type = Contract.SignalKind.Error,
                SignalType = Contract.SignalType.Receiver,
                Error = "",
                SignalOffsetState = true,
                SignalAckState = new Contract.SignalAckState { Read = true },
            },
        };
        var read = Frame.Parser.ParseFrom(contract.ToByteArray());

        Assert.That(read.ToByteArray(), Is.EqualTo(contract.ToByteArray()));
        Assert.That((read.Signal.Status, read.Signal.Type, read.Signal.SignalType), Is.EqualTo((8, 3, 3)));
        foreach (var (ours, theirs) in new[]
        {
            (Contract.Message.Descriptor, Message.Descriptor),
            (Contract.Signal.Descriptor, Signal.Descriptor),
            (Contract.SignalAckState.Descriptor, SignalAckState.Descriptor),
        })
        {
            Assert.That(
                ours.Fields.InDeclarationOrder().Select(field => (field.FieldNumber, field.Name)),
                Is.EqualTo(theirs.Fields.InDeclarationOrder().Select(field => (field.FieldNumber, field.Name))));
        }
    }

    [Test]
    public async Task A_code_that_the_contract_does_not_know_costs_nothing()
    {
        using var alice = Server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            Sync, null, new CallOptions(With(("messaging-user", "alice"), ("messaging-device", "phone"))));
        await NextAsync(alice);
        await SendAsync(alice, new Frame
        {
            Message = new Message { Id = "m", To = new Identity { User = "bob" }, SignalType = 77, SignalRequest = -3 },
        });

        Assert.That((await NextAsync(alice)).Signal.SignalOffsetState, Is.True);
    }

    private static async Task<Frame> NextAsync(AsyncDuplexStreamingCall<Frame, Frame> call)
    {
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the next frame"), Is.True);
        return call.ResponseStream.Current;
    }

    private static Task SendAsync(AsyncDuplexStreamingCall<Frame, Frame> call, Frame frame) =>
        call.RequestStream.WriteAsync(frame).InTime("the frame is sent");

    private static Marshaller<Frame> MarshallerOf() =>
        Marshallers.Create(frame => frame.ToByteArray(), bytes => Frame.Parser.ParseFrom(bytes));
}
