using System.Text;
using CsCheck;
using Messaging.Client;
using Messaging.Client.Protection;

namespace Messaging.Tests.Client.Protection;

/// <summary>Messages from alice to bob, and what may be done to them on their way.</summary>
internal static class Envelopes
{
    public static readonly MessageEnvelope Hello = new()
    {
        Id = "m1",
        From = new("alice", "phone"),
        To = new("bob", ""),
        Peer = "bob",
        Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(1767225600000),
        Content = new() { Payload = Encoding.UTF8.GetBytes("Hello, Bob") },
    };

    /// <summary>Any message, with names that could be cut in another place.</summary>
    public static readonly Gen<MessageEnvelope> Any =
        from id in Name(1)
        from fromUser in Name(1)
        from fromDevice in Name(1)
        from toUser in Name(1)
        from toDevice in Name(0)
        from milliseconds in Gen.Long[0, 4102444800000]
        from payload in Gen.Byte.Array[0, 300]
        select new MessageEnvelope
        {
            Id = id,
            From = new(fromUser, fromDevice),
            To = new(toUser, toDevice),
            Peer = "bob",
            Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
            Content = new() { Payload = payload },
        };

    /// <summary>The message as it comes to bob.</summary>
    public static MessageEnvelope With(this MessageEnvelope message, MessageContent content) =>
        message with { Content = content, Peer = message.From.User };

    public static string Text(this MessageContent content) => Encoding.UTF8.GetString(content.Payload.Span);

    /// <summary>The message with something else in one of the fields that are bound to it.</summary>
    public static IEnumerable<(string What, MessageEnvelope Message)> Altered(MessageEnvelope message)
    {
        yield return ("id", message with { Id = message.Id + "x" });
        yield return ("from.user", message with { From = message.From with { User = message.From.User + "x" } });
        yield return ("from.device", message with { From = message.From with { Device = message.From.Device + "x" } });
        yield return ("to.user", message with { To = message.To with { User = message.To.User + "x" } });
        yield return ("to.device", message with { To = message.To with { Device = message.To.Device + "x" } });
        yield return ("timestamp", message with { Timestamp = message.Timestamp.AddMilliseconds(1) });
        // A length before each field keeps its end from being moved into the next one.
        yield return ("the border of id and from", message with
        {
            Id = message.Id + message.From.User[..1],
            From = message.From with { User = message.From.User[1..] },
        });
        yield return ("the border of user and device", message with
        {
            To = new Identity(message.To.User + message.To.Device, ""),
            From = new Identity(message.From.User[..^1], message.From.User[^1..] + message.From.Device),
        });
    }

    /// <summary>The text with one bit of what it stands for turned over.</summary>
    public static string FlipBit(string base64, int bit)
    {
        var bytes = Convert.FromBase64String(base64);
        bytes[bit / 8 % bytes.Length] ^= (byte)(1 << bit % 8);
        return Convert.ToBase64String(bytes);
    }

    private static Gen<string> Name(int least) => Gen.Char["abcé"].Array[least, 6].Select(c => new string(c));
}
