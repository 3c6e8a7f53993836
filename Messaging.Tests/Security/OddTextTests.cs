using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Security;

/// <summary>Ids and names that mean something elsewhere go the whole way, through a restart, as they are, or are refused.</summary>
[TestFixture]
public sealed class OddTextTests : AccountTests
{
    private static readonly string[] Odd =
    [
        "'; DROP TABLE journal; --", "\"quoted\"", "' OR '1'='1", "%s%n%x", "..\\..\\/etc/passwd", "{0}", "<script>", "$(id)",
        "\u202Egnp.exe\u202C", "\u200Fعربي", "\u0627\u0644\u0639", "e\u0301", "\u00e9", "\ufeff", "\u200b", "👩‍👩‍👧", "NULL", " ", "  padded  ", "\U0010ffff",
    ];

    private static readonly string[] NotTaken = ["a\0b", "\0", "a\nb", "\r", "\u007f", "\u0085", "\u2028", "\u2029", new string('x', 64 * 1024)];

    [Test]
    public async Task Odd_ids_and_names_arrive_as_they_were_sent()
    {
        foreach (var user in Odd)
        {
            var alice = await ConnectAsync($"alice/{user.Replace("/", "|", StringComparison.Ordinal)}");
            foreach (var id in Odd)
                Assert.That((await alice.SendAsync(user, $"{user}{id}")).SignalOffsetState, Is.True, $"{id} to {user}");
            await DisconnectAsync(alice);
        }

        await Server.RestartAsync();
        foreach (var user in Odd.Where(user => !user.Contains('/', StringComparison.Ordinal)))
        {
            var device = await ConnectReadyAsync($"{user}/phone");
            var messages = await device.MessagesAsync(Odd.Length);
            Assert.That(messages.Select(message => message.Id), Is.EqualTo(Odd.Select(id => $"{user}{id}")));
            Assert.That(messages.Select(message => message.To.User), Is.All.EqualTo(user));
            Assert.That((await device.ReadAsync("alice", $"{user}{Odd[0]}")).SignalOffsetState, Is.True);
        }
    }

    [Test]
    public async Task What_would_not_be_told_apart_by_a_person_is_told_apart()
    {
        var alice = await ConnectAsync("alice/phone");
        await alice.SendAsync("bob", "\u00e9");
        Assert.That((await alice.SendAsync("bob", "e\u0301")).UserOffset, Is.EqualTo(2), "no normal form is made of it");
        Assert.That((await alice.SendAsync("bob", "\u200b\u00e9")).UserOffset, Is.EqualTo(3));
    }

    [Test]
    public async Task What_may_not_be_is_refused_and_not_echoed()
    {
        var alice = await ConnectAsync("alice/phone");
        foreach (var text in NotTaken)
        {
            var before = alice.Frames.Count;
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text("bob", text) });
            await alice.UpAsync(new Frame { Message = ProbeDevice.Text(text, "fine") });
            await alice.UpAsync(new Frame { Signal = new Signal { Id = text, SignalAckState = new SignalAckState { Received = true } } });
            await alice.Until("three answers", () => alice.Frames.Count >= before + 3);
            var answers = alice.Frames.Skip(before).Select(frame => frame.Signal).ToList();
            Assert.That(answers.Select(answer => answer.Error), Is.All.StartsWith("invalid_argument: "));
            Assert.That(answers.Select(answer => answer.Id), Is.EqualTo(new[] { "", "fine", "" }));
        }
    }

    [Test]
    public async Task Every_name_in_a_frame_that_may_not_be_is_refused()
    {
        var alice = await ConnectAsync("alice/phone");
        foreach (var text in NotTaken)
        {
            var odd = new Identity { User = "bob", Device = text };
            foreach (var (from, to) in new[] { (null, odd), (odd, new Identity { User = "bob" }), (new Identity { User = text }, new Identity { User = "bob" }) })
            {
                Assert.That(Code(await alice.AskAsync(new Message { Id = "m", From = from, To = to })), Is.EqualTo("invalid_argument"));
                Assert.That(Code(await alice.AskAsync(new Signal { Id = "s", From = from, To = to, Status = SignalStatus.Typing })), Is.EqualTo("invalid_argument"));
                await SettleAsync(alice); // not too many in a row
            }
        }

        Assert.That(alice.Head, Is.Zero);
    }

    [Test]
    public async Task Odd_names_and_labels_of_an_account_stay_as_they_were_given()
    {
        var phone = await ConnectAsync("alice/phone");
        var devices = Odd.Select(name => name.Replace("/", "|", StringComparison.Ordinal)).ToList();
        foreach (var name in devices)
        {
            await DisconnectAsync(await ConnectAsync($"alice/{name}"));
            await NameAsync("alice/phone", name, $"label {name}");
            await BlockAsync("alice/phone", name);
        }

        await Server.RestartAsync();
        var expected = devices.Order(StringComparer.Ordinal).ToList();
        Assert.That((await BlockedAsync("alice/phone")).Users, Is.EqualTo(expected));
        Assert.That(
            (await DevicesAsync("alice/phone")).Devices.Where(device => device.Device != "phone").Select(device => (device.Device, device.Label)),
            Is.EqualTo(expected.Select(name => (name, $"label {name}"))));
        foreach (var name in devices)
        {
            await RevokeAsync("alice/phone", name);
            await UnblockAsync("alice/phone", name);
        }

        Assert.That((await DevicesAsync("alice/phone")).Devices.Select(device => device.Device), Is.EqualTo(new[] { "phone" }));
        Assert.That((await BlockedAsync("alice/phone")).Users, Is.Empty);
    }

    [Test]
    public async Task What_may_not_be_in_an_account_is_refused_and_not_echoed()
    {
        await ConnectAsync("alice/phone");
        foreach (var text in NotTaken)
        {
            foreach (var call in (Func<Task>[])
                [
                    () => BlockAsync("alice/phone", text), () => UnblockAsync("alice/phone", text), () => RevokeAsync("alice/phone", text),
                    () => NameAsync("alice/phone", text, "label"), () => NameAsync("alice/phone", "phone", text),
                    () => DevicesAsync("alice/phone", 1, text), () => BlockedAsync("alice/phone", 1, text),
                ])
            {
                var refused = await RefusedAsync(call, Grpc.Core.StatusCode.InvalidArgument);
                Assert.That(refused.Status.Detail, Has.Length.LessThan(100).And.Not.Contain(text));
            }
        }
    }
}
