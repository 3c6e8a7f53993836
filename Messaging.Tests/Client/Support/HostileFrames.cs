using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Tests.Client.Support;

/// <summary>
/// Frames that make sense, and frames that do not: wrong offsets, gaps, repeats, missing fields, huge and unknown values,
/// answers to what was sent and to what never was. One caller at a time.
/// </summary>
internal sealed class HostileFrames(Random random)
{
    private const int MostHeard = 64;

    private readonly List<Frame> _heard = [];
    private readonly List<Frame> _sent = [];

    // Streams differ in how much of what they say is in order.
    private readonly int _madness = random.Next(60);
    private readonly bool _isRefusing = random.Next(6) == 0;
    private int _next = 1;
    private bool _hasBegun;
    private int _ids = random.Next(1_000_000) * 100;

    /// <summary>The client has written it.</summary>
    public void Heard(Frame frame)
    {
        if (frame.Signal is { SignalAckState: { Received: true, Read: false } })
            return;
        if (_heard.Count == MostHeard)
            _heard.RemoveAt(0);
        _heard.Add(frame);
    }

    public Frame Next()
    {
        var frame = Make();
        if (_sent.Count < 200)
            _sent.Add(frame);
        return frame;
    }

    private Frame Make()
    {
        if (!_hasBegun && random.Next(10) > 0)
        {
            _hasBegun = true;
            var position = random.Next(8) == 0 ? Int() : random.Next(30);
            _next = Math.Clamp(position, 0, int.MaxValue - 1) + 1;
            return Down.Position(position);
        }
        if (random.Next(100) < _madness)
            return Mad();
        if (_heard.Count > 0 && random.Next(3) == 0)
            return Answer(Pick(_heard));
        return random.Next(3) switch
        {
            0 => Down.Receipt(Step(), random.Next(1, 50), read: random.Next(2) == 0),
            _ => Down.Message(Step(), $"h{_ids++}"),
        };
    }

    private int Step() => _next == int.MaxValue ? _next : _next++;

    private Frame Answer(Frame to)
    {
        var id = to.Message?.Id ?? to.Signal.Id;
        if (_isRefusing || random.Next(4) == 0)
            return Down.NotAdvanced(id);
        if (to.Signal is { Type: SignalKind.Request })
            return Down.Position(random.Next(4) == 0 ? Int() : to.Signal.SignalOffset, id);
        if (random.Next(20) == 0)
            return Down.Error(id, Text());
        var offset = random.Next(3) == 0 ? Int() : Step();
        return to.Message is not null
            ? Down.Accepted(id, offset, random.Next(10) == 0 ? Int() : random.Next(1, 200))
            : Down.ReadAnswer(offset, random.Next(10) == 0 ? Int() : to.Signal.UserOffset, id);
    }

    private Frame Mad() => random.Next(12) switch
    {
        0 => new Frame(),
        1 => new Frame { Signal = new Signal() },
        2 => new Frame { Message = new Message() },
        3 => Down.Position(Int(), random.Next(2) == 0 ? "" : Text()),
        4 => Down.Message(Int(), Text()),
        5 when _sent.Count > 0 => Pick(_sent).Clone(),
        6 => Down.Accepted(Text(), Int(), Int()),
        7 => random.Next(2) == 0 ? Down.NotAdvanced(Text(), Text()) : Down.Error(Text(), Text()),
        8 => Down.Awareness((SignalStatus)random.Next(-3, 12), from: $"user{random.Next(5)}", id: Text()),
        9 => new Frame { Message = AnyMessage() },
        10 => Down.NotAdvanced(""),
        _ => new Frame { Signal = AnySignal() },
    };

    private Message AnyMessage()
    {
        var message = new Message
        {
            Id = Text(),
            SignalOffset = random.Next(2) == 0 ? Step() : Int(),
            UserOffset = Int(),
            Timestamp = Long(),
            SignalType = (SignalType)random.Next(-2, 6),
            SignalOffsetState = random.Next(2) == 0,
            SignalRequest = (SignalRequest)random.Next(-2, 6),
            Payload = ByteString.CopyFrom(new byte[random.Next(3) == 0 ? 20_000 : random.Next(20)]),
            EncryptionType = Text(),
            Encrypted = Text(),
            Signature = Text(),
        };
        if (random.Next(3) > 0)
            message.From = AnyIdentity();
        if (random.Next(3) > 0)
            message.To = AnyIdentity();
        return message;
    }

    private Signal AnySignal()
    {
        var signal = new Signal
        {
            Id = Text(),
            Type = (SignalKind)random.Next(-2, 6),
            SignalType = (SignalType)random.Next(-2, 6),
            SignalOffset = random.Next(2) == 0 ? Step() : Int(),
            UserOffset = Int(),
            Timestamp = Long(),
            Status = (SignalStatus)random.Next(-2, 12),
            SignalOffsetState = random.Next(2) == 0,
        };
        if (random.Next(2) == 0)
            signal.From = AnyIdentity();
        if (random.Next(2) == 0)
            signal.To = AnyIdentity();
        if (random.Next(2) == 0)
            signal.Error = Text();
        if (random.Next(2) == 0)
        {
            signal.SignalAckState = new SignalAckState
            {
                Send = random.Next(2) == 0, Received = random.Next(2) == 0, Read = random.Next(2) == 0,
            };
        }
        return signal;
    }

    private Identity AnyIdentity() => new()
    {
        User = random.Next(5) switch { 0 => "", 1 => "alice", 2 => "bob", 3 => "carol", _ => $"user{random.Next(5)}" },
        Device = Text(),
    };

    private int Int() => random.Next(7) switch
    {
        0 => int.MaxValue,
        1 => int.MinValue,
        2 => -random.Next(100),
        3 => 0,
        4 => random.Next(),
        _ => Math.Max(0, _next + random.Next(-5, 6)),
    };

    private long Long() => random.Next(4) switch { 0 => long.MaxValue, 1 => long.MinValue, 2 => 0, _ => random.Next() };

    private string Text() => random.Next(6) switch
    {
        0 => "",
        1 => new string('x', random.Next(10_000)),
        2 => "a:b: \u0000\u2028 \uD83D\uDE00",
        3 when _heard.Count > 0 => Pick(_heard) is { Message.Id: var id } ? id : "s",
        _ => $"h{_ids++}",
    };

    private T Pick<T>(List<T> from) => from[random.Next(from.Count)];
}
