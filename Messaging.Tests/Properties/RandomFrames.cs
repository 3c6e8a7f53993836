using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Tests.Properties;

/// <summary>Frames that a device might send, sensible ones and others, from where a <see cref="NaiveService"/> stands.</summary>
internal sealed class RandomFrames(NaiveService model, string[] users)
{
    private static readonly string[] Devices = ["", "", "phone", "laptop"];

    private int sent;

    /// <summary>A message that is new, for the most part one that is valid.</summary>
    public Frame Message(Random random, string device)
    {
        var message = new Message
        {
            Id = $"m-{++sent}",
            To = To(random),
            Timestamp = random.Next(3) - 1,
            Payload = ByteString.CopyFromUtf8(random.Next(100).ToString("D", null)),
            From = From(random, device),
            EncryptionType = Pick(random, "", "", "none"),
            Signature = Pick(random, "", "", "QUJD"),
        };
        if (random.Next(6) == 0)
            (message.Payload, message.EncryptionType, message.Encrypted) = (ByteString.Empty, "E2E", "QUI=");
        if (random.Next(4) == 0)
            (message.SignalOffset, message.UserOffset, message.SignalType, message.SignalOffsetState) = (-7, 9, SignalType.Device, true);
        switch (random.Next(40))
        {
            case 0: message.Id = Pick(random, "", "a\nb", new string('x', 129), "a\u2028"); break;
            case 1: message.To = Pick(random, null!, new Identity(), new Identity { Device = "phone" }, new Identity { User = "\u0085" }); break;
            case 2: message.Encrypted = Pick(random, "QUJD", "Q", "QR=="); break;
            case 3: message.EncryptionType = Pick(random, "None", "E2E", new string('x', 65)); break;
            case 4: message.Signature = Pick(random, "QUJ", "====", "QUJ="); break;
        }

        return new Frame { Message = message };
    }

    /// <summary>A message that the user has sent, the same or under the same id another.</summary>
    public Frame Again(Random random, string device)
    {
        var own = model.Messages.Where(message => message.Author.User == device.Split('/')[0]).ToList();
        if (own.Count == 0)
            return Message(random, device);
        var message = own[random.Next(own.Count)].Content.Clone();
        message.From = From(random, device);
        switch (random.Next(8))
        {
            case 0: message.Payload = ByteString.CopyFromUtf8("another"); break;
            case 1: message.To = To(random); break;
            case 2: message.Timestamp++; break;
            case 3: message.Signature = "QUI="; break;
            case 4 when message.EncryptionType is "" or "none": message.EncryptionType = Pick(random, "", "none"); break;
        }

        return new Frame { Message = message };
    }

    /// <summary>A signal with whatever fields, each from the values that can make a difference.</summary>
    public Frame Signal(Random random, string device)
    {
        var user = device.Split('/')[0];
        var to = random.Next(20) == 0 ? Pick(random, null!, new Identity(), new Identity { User = "nobody" }) : To(random);
        var signal = new Signal
        {
            To = to,
            From = From(random, device),
            Type = Pick<SignalKind>(random, 0, 0, 0, 0, SignalKind.Request, SignalKind.Response, SignalKind.Error, (SignalKind)77),
            Status = Pick<SignalStatus>(random, 0, 0, 0, 0, 0, SignalStatus.Played, SignalStatus.Typing, (SignalStatus)99),
            Timestamp = random.Next(3),
            SignalAckState = Pick(
                random, null!, new SignalAckState { Received = true }, new SignalAckState { Received = true },
                new SignalAckState { Read = true }, new SignalAckState { Read = true, Received = true },
                new SignalAckState { Send = true }),
            SignalOffset = Offset(random, device),
        };
        var timeline = to is null ? [] : model.Conversation(user, to.User).Timeline;
        signal.Id = random.Next(12) switch
        {
            0 => "nothing",
            1 => Pick(random, "a\nb", new string('x', 129)),
            2 or 3 or 4 => "",
            _ => timeline.Count == 0 ? "mark" : timeline[random.Next(timeline.Count)].Content.Id,
        };
        signal.UserOffset = random.Next(8) switch
        {
            < 4 => 0,
            4 => timeline.Count + 1,
            5 when random.Next(4) == 0 => -1,
            _ => 1 + random.Next(timeline.Count + 1),
        };
        if (random.Next(3) > 0)
            signal.Error = Pick(random, "", "it does not decrypt", new string('x', 1025), "it does not decrypt");
        return new Frame { Signal = signal };
    }

    private int Offset(Random random, string device)
    {
        var (cursor, head) = (model.CursorOf(device), model.Sequence(device.Split('/')[0]).Count);
        return random.Next(12) switch
        {
            0 => 0,
            1 => Math.Max(0, cursor - 1),
            2 => cursor,
            3 or 4 or 5 => Math.Min(head, cursor + 1),
            6 => head,
            7 when random.Next(2) == 0 => head + 1,
            8 when random.Next(2) == 0 => random.Next(2) == 0 ? -1 : int.MinValue,
            9 => random.Next(head + 1),
            _ => Math.Min(head, cursor + 1 + random.Next(3)),
        };
    }

    private Identity To(Random random) =>
        new() { User = users[random.Next(users.Length)], Device = Devices[random.Next(Devices.Length)] };

    private static Identity? From(Random random, string device) => random.Next(24) switch
    {
        0 => new Identity(),
        1 => new Identity { User = device.Split('/')[0] },
        2 => new Identity { User = device.Split('/')[0], Device = device.Split('/')[1] },
        3 => Pick(random, new Identity { User = "mallory" }, new Identity { User = device.Split('/')[0], Device = "other" },
            new Identity { Device = "phone" }, new Identity { User = "alice", Device = "phone" }),
        _ => null,
    };

    private static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];
}
