using Google.Protobuf;
using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §9: limits, the order of checks, and what costs a stream.</summary>
[TestFixture]
public sealed class LimitTests : ServerTests
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(bytes => bytes, bytes => bytes);

    private static readonly Method<byte[], byte[]> Sync = new(
        MethodType.DuplexStreaming, "messaging.v1.MessagingService", "Sync", Raw, Raw);

    [Test]
    [Protocol("9.30", "9.31", "9.37")]
    public async Task Names_and_ids_have_limits()
    {
        var alice = await ConnectAsync("alice/phone");
        var longest = new string('é', 64);
        Assert.That((await alice.SendAsync("bob", longest)).SignalOffsetState, Is.True, "128 bytes");
        Assert.That((await alice.SendAsync(new string('u', 255), "to the longest name")).SignalOffsetState, Is.True);
        foreach (var user in new[] { new string('u', 256), "", "a\u0085b", "a\u2028b", "a\u2029b" })
            Assert.That((await alice.AskAsync(ProbeDevice.Text(user, $"to {user.Length}"))).Error, Does.StartWith("invalid_argument: "));
    }

    [Test]
    [Protocol("9.6", "9.32", "9.33", "9.34", "9.35", "9.38")]
    public async Task Fields_of_a_message_have_limits()
    {
        var alice = await ConnectAsync("alice/phone");
        var largest = new Action<Message>[]
        {
            message => message.Payload = ByteString.CopyFrom(new byte[256 * 1024]),
            message => message.Payload = ByteString.Empty,
            message => Encrypt(message, "E2E", new string('A', 256 * 1024)),
            message => message.Signature = new string('A', 8 * 1024),
            message => Encrypt(message, new string('e', 64), "AAAA"),
        };
        var tooLarge = new Action<Message>[]
        {
            message => message.Payload = ByteString.CopyFrom(new byte[(256 * 1024) + 1]),
            message => Encrypt(message, "E2E", new string('A', (256 * 1024) + 4)),
            message => message.Signature = new string('A', (8 * 1024) + 4),
            message => Encrypt(message, new string('e', 65), "AAAA"),
        };
        foreach (var (i, change) in largest.Concat(tooLarge).Index())
        {
            var message = ProbeDevice.Text("bob", $"m-{i}");
            change(message);
            var answer = await alice.AskAsync(message);
            Assert.That(answer.SignalOffsetState, Is.EqualTo(i < largest.Length), $"number {i}: {answer}");
        }
    }

    [Test]
    [Protocol("9.39", "9.42")]
    public async Task An_encryption_type_is_taken_letter_by_letter()
    {
        var alice = await ConnectAsync("alice/phone");
        var message = ProbeDevice.Text("bob", "m");
        message.EncryptionType = "None";
        Assert.That((await alice.AskAsync(message)).Error, Does.StartWith("invalid_argument: "), "it is not \"none\"");
    }

    [Test]
    [Protocol("9.15", "9.16", "4.37")]
    public async Task Shape_is_checked_before_identity_and_identity_before_content()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "m");
        var message = ProbeDevice.Text("bob", "m", "other content");
        message.From = new Identity { User = "mallory" };
        message.Signature = "not base64!";
        Assert.That((await alice.AskAsync(message)).Error, Does.StartWith("invalid_argument: "));
        message.Signature = "";
        Assert.That((await alice.AskAsync(message)).Error, Does.StartWith("permission_denied: "));
        message.From = null;
        Assert.That((await alice.AskAsync(message, isRepeat: true)).Error, Does.StartWith("already_exists: "));
    }

    [Test]
    [Protocol("9.20", "9.21", "9.26")]
    public async Task Invalid_frames_without_end_are_abuse()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 0; i < 99; i++)
            await alice.UpAsync(new Frame());
        Assert.That((await alice.SendAsync("bob", "m")).SignalOffsetState, Is.True, "one that is good starts the count anew");
        for (var i = 0; i < 100; i++)
            await alice.UpAsync(new Frame());

        var ended = await alice.EndAsync();
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), ended.Detail);
        Assert.That(alice.Frames.Count(frame => frame.Signal.HasError), Is.EqualTo(199), "each costs one error");
    }

    [Test]
    [Protocol("9.26")]
    public async Task A_frame_above_a_megabyte_ends_the_stream()
    {
        var ended = await EndOfAsync(new Frame
        {
            Message = new Message { Id = "m", Payload = ByteString.CopyFrom(new byte[(1 << 20) + 1]) },
        }.ToByteArray());
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
    }

    [TestCase(new byte[] { 0x0a, 0xff, 0xff })]
    [TestCase(new byte[] { 0x0a, 0x03, 0x0a, 0x01, 0xff })]
    [Protocol("9.27")]
    public async Task Bytes_that_are_no_frame_end_the_stream(byte[] bytes)
    {
        var ended = await EndOfAsync(bytes);
        Assert.That(ended.StatusCode, Is.AnyOf(StatusCode.InvalidArgument, StatusCode.Internal));
        Assert.That(ended.Detail, Does.Not.Contain("   at "));
    }

    [Test]
    [Protocol("9.22")]
    public async Task No_text_of_the_server_names_a_path_or_shows_a_trace()
    {
        Server.ExpectAlarm("past the head");
        var bob = await ConnectAsync("bob/phone");
        await bob.SendAsync("alice", "secret-id", "secret");
        var alice = await ConnectAsync("alice/phone");
        var errors = new[]
        {
            (await alice.ReadAsync("bob", "nothing")).Error,
            (await alice.ReadAsync("carol", "secret-id")).Error,
            (await alice.AcknowledgeAsync(1_000)).Error,
            (await alice.AskAsync(ProbeDevice.Text("", "m"))).Error,
            (await alice.RereadAsync(1_000)).Error,
            (await EndOfAsync([0x0a, 0xff, 0xff])).Detail,
        };
        foreach (var error in errors)
            Assert.That(error, Does.Not.Contain("/").And.Not.Contain("Exception").And.Not.Contain("secret").And.Not.Contain("   at "));
    }

    private async Task<Status> EndOfAsync(byte[] frame)
    {
        using var call = Server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            Sync, null, new CallOptions(With(("messaging-user", "mallory"), ("messaging-device", "phone"))));
        await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the first position");
        try
        {
            await call.RequestStream.WriteAsync(frame).InTime("the bytes are sent");
        }
        catch (RpcException)
        {
            // The stream has ended while they were under way; how, the reading side says.
        }

        try
        {
            await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the end");
            return call.GetStatus();
        }
        catch (RpcException exception)
        {
            return exception.Status;
        }
    }

    private static void Encrypt(Message message, string type, string encrypted) =>
        (message.Payload, message.EncryptionType, message.Encrypted) = (ByteString.Empty, type, encrypted);
}
