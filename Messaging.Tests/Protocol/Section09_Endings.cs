using Google.Protobuf;
using Grpc.Core;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§9: with which status a stream ends.</summary>
[TestFixture]
public sealed class Section09_Endings : SectionTests
{
    private const int Most = 1 << 20;

    private static readonly (string Name, string Value)[] Alice = [("messaging-user", "alice"), ("messaging-device", "phone")];

    private protected override string[] Settings => ["--Messaging:Streams:InvalidInARow=3", "--Messaging:Ledger:MaxFenced=2"];

    [Test]
    [Protocol("9.20", "9.21", "9.26")]
    public async Task So_many_invalid_frames_in_a_row_end_the_stream_each_of_them_answered()
    {
        var alice = await ConnectAsync("alice/phone");
        Refused(await NextAsync(alice, new Frame()), "invalid_argument");
        Refused(await NextAsync(alice, new Frame()), "invalid_argument");
        var denied = ProbeDevice.Text("bob", "m");
        denied.From = new Identity { User = "mallory" };
        Refused(await alice.AskAsync(denied), "permission_denied");
        Refused(await NextAsync(alice, new Frame()), "invalid_argument");
        Refused(await NextAsync(alice, new Frame()), "invalid_argument");
        Accepted(await alice.SendAsync("bob", "m"));
        for (var i = 0; i < 3; i++)
            await alice.UpAsync(new Frame { Signal = new Signal { Id = $"bad-{i}" } });

        var ended = await alice.EndAsync();
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), ended.Detail);
        Assert.That(alice.Frames.TakeLast(3).Select(frame => frame.Signal.Id), Is.EqualTo(new[] { "bad-0", "bad-1", "bad-2" }));
    }

    [Test]
    [Protocol("9.26")]
    public async Task A_frame_of_a_mebibyte_costs_an_error_and_one_byte_more_the_stream()
    {
        using var raw = new RawStream(Server.Address, With(Alice));
        await raw.NextAsync();
        await raw.SendAsync(FrameOf(Most));
        Refused((await raw.NextAsync()).Signal, "invalid_argument");

        await raw.TrySendAsync(FrameOf(Most + 1));
        var ended = await raw.EndAsync();
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), ended.Detail);
    }

    // A length past the end, a tag without a field, a wire type that there is not, a group that is not closed, text
    // instead of a frame; a message whose id is not UTF-8, a signal whose id is a surrogate, an error cut in a character.
    [TestCase("0A20")]
    [TestCase("00")]
    [TestCase("0F")]
    [TestCase("0B")]
    [TestCase("68656C6C6F")]
    [TestCase("0A030A01FF")]
    [TestCase("12050A03EDA080")]
    [TestCase("1203520 1C3")]
    [Protocol("9.27")]
    public async Task Bytes_that_do_not_decode_or_are_not_UTF8_end_the_stream_and_take_no_effect(string bytes)
    {
        using var raw = new RawStream(Server.Address, With(Alice));
        await raw.NextAsync();
        await raw.SendAsync(new Frame { Message = ProbeDevice.Text("bob", "before") }.ToByteArray());
        Accepted((await raw.NextAsync()).Signal);
        await raw.SendAsync(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));

        var ended = await raw.EndAsync();
        Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.InvalidArgument).Or.EqualTo(StatusCode.Internal), ended.Detail);
        Assert.That(await HeadAsync("alice"), Is.EqualTo(1));
    }

    [Test]
    [Protocol("9.28")]
    public async Task Too_much_behind_a_fence_ends_the_stream_with_unavailable()
    {
        var alice = await ConnectAsync("alice/phone");
        await using (await Server.OccupyStoreAsync())
        {
            Refused(await alice.SendAsync("bob", "m-1"), "unavailable", isFinal: false);
            Refused(await alice.SendAsync("bob", "m-2"), "unavailable", isFinal: false);
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", "m-3") });
            var ended = await alice.EndAsync();
            Assert.That(ended.StatusCode, Is.EqualTo(StatusCode.Unavailable), ended.Detail);
        }

        var again = await ConnectAsync("alice/phone");
        Accepted(await again.SendAsync("bob", "m-1"));
    }

    [Test]
    [Protocol("9.29")]
    public async Task A_ledger_that_went_back_ends_the_stream_with_a_text_that_says_what_to_do()
    {
        Server.ExpectAlarm("past the head");
        var alice = await ConnectAsync("alice/phone");
        var refused = await RefusedAsync(With(("messaging-position", $"{alice.Epoch}/1"), Alice[0], Alice[1]));

        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
        Assert.That(refused.Detail, Does.Contain("operator").And.Contain("new epoch"));
    }

    /// <summary>A frame of exactly this size: a message whose payload is too long.</summary>
    private static byte[] FrameOf(int size)
    {
        var message = ProbeDevice.Text("bob", "large");
        message.Payload = ByteString.CopyFrom(new byte[size - 64]);
        message.Signature = new string('A', size - new Frame { Message = message }.CalculateSize() - 2);
        var bytes = new Frame { Message = message }.ToByteArray();
        Assert.That(bytes, Has.Length.EqualTo(size));
        return bytes;
    }
}
