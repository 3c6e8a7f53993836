using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>
/// A raw device that sends a number of messages and gives none of them up: what was refused for now goes again after a
/// pause. It acknowledges and reads what comes, and keeps in <see cref="Told"/> what it is told.
/// </summary>
internal sealed class LoadDevice : RawDevice
{
    private const int MaxInFlight = 3;

    private static readonly int[] Sizes = [0, 20, 20, 200, 200, 200, 2_000, 6_000, 30_000];

    private readonly Identity identity;
    private readonly string[] peers;
    private readonly Told told;
    private readonly Func<long> operations;
    private readonly Random random;
    private readonly HashSet<string> refused = [];
    private readonly HashSet<string> reads = [];
    private readonly List<string> refusals = [];
    private readonly List<string> endings = [];
    private int toSend;
    private int produced;
    private int received;
    private int signals;

    /// <param name="address">The server.</param>
    /// <param name="name">"user/device".</param>
    /// <param name="peers">Whom it writes to.</param>
    /// <param name="history">Where it writes what it does and sees.</param>
    /// <param name="told">Where it keeps what it is told.</param>
    /// <param name="operations">How many changes the disk has taken.</param>
    /// <param name="random">Decides to whom, and how much.</param>
    public LoadDevice(
        string address, string name, string[] peers, History history, Told told, Func<long> operations, Random random)
        : base(history, address, name)
    {
        identity = new Identity { User = User, Device = Device };
        this.peers = peers;
        this.told = told;
        this.operations = operations;
        this.random = random;
        Start();
    }

    /// <summary>Whether all that it was to send has been answered with <c>true</c>, and no read is under way.</summary>
    public bool IsDone
    {
        get
        {
            lock (Gate)
                return toSend == 0 && Unanswered.Count == 0 && reads.Count == 0;
        }
    }

    /// <summary>The reasons of the answers that were <c>false</c>.</summary>
    public IReadOnlyList<string> Refusals
    {
        get
        {
            lock (Gate)
                return [.. refusals];
        }
    }

    /// <summary>How its streams ended, and how the attempts to open one failed.</summary>
    public IReadOnlyList<string> Endings
    {
        get
        {
            lock (Gate)
                return [.. endings];
        }
    }

    /// <summary>So many messages more.</summary>
    public void Send(int messages)
    {
        lock (Gate)
            toSend += messages;
    }

    /// <summary>What it waits for, for the report of a run that does not come to rest.</summary>
    public override string ToString()
    {
        lock (Gate)
        {
            return $"{Name}: {toSend} to send, unanswered {string.Join(' ', Unanswered.Select(message => message.Id))}, "
                + $"refused {string.Join(' ', refused)}, reads {string.Join(' ', reads)}, at {Position}, ended {endings.LastOrDefault()}";
        }
    }

    protected override void Begin()
    {
        refused.Clear();
        reads.Clear();
    }

    protected override void End(Exception exception)
    {
        lock (Gate)
        {
            reads.Clear(); // those of a lost stream are not sent again
            endings.Add(exception is RpcException lost ? lost.StatusCode.ToString() : exception.GetType().Name);
        }
    }

    /// <summary>What was refused for now, once nothing else is under way.</summary>
    protected override List<Message> TakeRefused()
    {
        if (refused.Count == 0 || refused.Count < Unanswered.Count)
            return [];
        refused.Clear();
        return [.. Unanswered];
    }

    protected override Message? Next()
    {
        if (toSend == 0 || refused.Count > 0 || Unanswered.Count >= MaxInFlight)
            return null;
        toSend--;
        var payload = new byte[Sizes[random.Next(Sizes.Length)]];
        random.NextBytes(payload);
        var message = new Message
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{User}-{Device}-{++produced:D6}"),
            To = new Identity { User = peers[random.Next(peers.Length)] },
            Timestamp = 1_700_000_000_000 + produced,
            Payload = ByteString.CopyFrom(payload),
        };
        told.Sends(User, message);
        Unanswered.AddLast(message);
        return message;
    }

    protected override IEnumerable<Frame> Take(Frame frame, bool isFirst)
    {
        // What is told now was on disk by now.
        var operation = operations();
        if (isFirst)
        {
            told.HasCursor(Name, frame.Signal.SignalOffset, operation);
        }
        else if (frame.Message is { } message)
        {
            told.IsDelivered(User, message.SignalOffset, frame, operation);
            if (message.From.User == User && message.From.Device == Device)
                told.IsAccepted(identity, message.Id, message.SignalOffset, message.UserOffset, operation);
            yield return Acknowledgement(message.SignalOffset);
            if (message.From.User != User && ++received % 6 == 0)
                yield return Read(message);
        }
        else if (frame.Signal is { From: not null } signal)
        {
            if (signal.SignalOffset > 0)
            {
                told.IsDelivered(User, signal.SignalOffset, frame, operation);
                yield return Acknowledgement(signal.SignalOffset);
            }
        }
        else
        {
            TakeAnswer(frame.Signal, operation);
        }
    }

    private void TakeAnswer(Signal signal, long operation)
    {
        if (signal.HasError)
        {
            if (signal.Type == SignalKind.Error)
                throw new ProtocolViolationException($"{Name}: {signal} refuses what is in order.", Invariant.Unexpected);
            refusals.Add(signal.Error);
            reads.Remove(signal.Id);
            if (Unanswered.Any(message => message.Id == signal.Id))
                refused.Add(signal.Id);
        }
        else if (signal.SignalAckState is { Send: true })
        {
            told.IsAccepted(identity, signal.Id, signal.SignalOffset, signal.UserOffset, operation);
            if (Unanswered.FirstOrDefault(message => message.Id == signal.Id) is { } answered)
                Unanswered.Remove(answered);
        }
        else if (signal.SignalAckState is { Received: true })
        {
            Position = Math.Max(Position, signal.SignalOffset);
            told.HasCursor(Name, signal.SignalOffset, operation);
        }
        else if (signal.SignalAckState is { Read: true })
        {
            reads.Remove(signal.Id);
            told.HasRead(User, signal.To.User, signal.UserOffset, operation);
        }
    }

    private Frame Acknowledgement(int offset) => new()
    {
        Signal = new Signal
        {
            // Now and then one whose answer says that it is on disk.
            Id = offset % 4 == 0 ? string.Create(CultureInfo.InvariantCulture, $"ack-{++signals}") : "",
            SignalOffset = offset,
            SignalAckState = new SignalAckState { Received = true },
        },
    };

    private Frame Read(Message message)
    {
        reads.Add(message.Id);
        return new Frame
        {
            Signal = new Signal
            {
                Id = message.Id,
                To = new Identity { User = message.From.User },
                UserOffset = message.UserOffset,
                SignalAckState = new SignalAckState { Read = true },
            },
        };
    }
}
