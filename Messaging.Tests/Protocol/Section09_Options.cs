using Google.Protobuf;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>§9: the limits are options of the server.</summary>
[TestFixture]
public sealed class Section09_Options : SectionTests
{
    private protected override string[] Settings =>
    [
        "--Messaging:Limits:IdBytes=8", "--Messaging:Limits:NameBytes=10", "--Messaging:Limits:PayloadBytes=12",
        "--Messaging:Limits:EncryptedCharacters=16", "--Messaging:Limits:SignatureCharacters=20",
        "--Messaging:Limits:EncryptionTypeBytes=5", "--Messaging:Limits:ErrorBytes=7",
    ];

    [Test]
    [Protocol("9.30", "9.31", "9.32", "9.33", "9.34", "9.35", "9.36")]
    public async Task Each_limit_can_be_set()
    {
        var alice = await ConnectReadyAsync("alice/phone");
        var limits = new (int Limit, Func<int, Message> Make)[]
        {
            (8, length => ProbeDevice.Text("bob", Of(length))),
            (10, length => ProbeDevice.Text(Of(length), "user")),
            (12, length => ProbeDevice.Text("bob", "payload", Of(length))),
            (16, length => Encrypted("encr", "E2E", Of(length))),
            (20, length => Signed("sign", Of(length))),
            (5, length => Encrypted("type", Of(length), "AAAA")),
        };
        foreach (var (limit, make) in limits)
        {
            // Base64 comes in fours.
            var past = limit % 4 == 0 && limit > 12 ? limit + 4 : limit + 1;
            Refused(await NextAsync(alice, new Frame { Message = make(past) }), "invalid_argument");
            Accepted(await NextAsync(alice, new Frame { Message = make(limit) }));
        }

        await alice.SendAsync("bob", "m");
        var bob = await ConnectAsync("bob/phone");
        Refused(await bob.AskAsync(Report("alice", "m", Of(8))), "invalid_argument");
        Accepted(await bob.AskAsync(Report("alice", "m", Of(7))));
    }

    private static string Of(int length) => new('A', length);

    private static Message Encrypted(string id, string type, string text)
    {
        var message = ProbeDevice.Text("bob", id);
        (message.Payload, message.EncryptionType, message.Encrypted) = (ByteString.Empty, type, text);
        return message;
    }

    private static Message Signed(string id, string signature)
    {
        var message = ProbeDevice.Text("bob", id);
        message.Signature = signature;
        return message;
    }
}
