using System.Globalization;
using Grpc.Core;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>
/// A raw device that sends for as long as it is let, acknowledges what it gets, now and then late, reads, types, and
/// repeats and forges what was accepted.
/// </summary>
internal sealed class StubbornDevice : RawDevice
{
    private const int MaxInFlight = 64;

    private readonly string[] recipients;
    private readonly Random random;
    private readonly Pace pace;
    private readonly List<Message> remembered = [];
    private bool isProducing = true;
    private bool isRefused;
    private int produced;
    private int accepted;
    private int signals;
    private int unansweredReads;
    private volatile bool wasToldOfThePast;

    /// <param name="history">Where it writes what it does and sees.</param>
    /// <param name="address">The server.</param>
    /// <param name="name">"user/device".</param>
    /// <param name="recipients">Whom it writes to; nobody, and it only receives.</param>
    /// <param name="random">Decides to whom, and how much.</param>
    /// <param name="perSecond">Messages a second on the average; as many as are answered if left out.</param>
    public StubbornDevice(
        History history, string address, string name, string[] recipients, Random random, double perSecond = double.PositiveInfinity)
        : base(history, address, name)
    {
        pace = new Pace(perSecond);
        this.recipients = recipients;
        this.random = random;
        Start();
    }

    /// <summary>The server has said that it stands before where this device was.</summary>
    public bool WasToldOfThePast => wasToldOfThePast;

    /// <summary>How many of its messages were answered with <c>true</c>.</summary>
    public int AcceptedCount => Volatile.Read(ref accepted);

    /// <summary>Sends nothing new, and waits until everything is answered; it goes on receiving.</summary>
    public async Task SettleAsync()
    {
        lock (Gate)
            isProducing = false;
        await Wait.Eventually($"{Name} gets all its answers", () => HasFailed || IsSettled());
        if (HasFailed)
            await StopAsync();
    }

    protected override void Begin() => unansweredReads = 0; // those of a lost stream are not sent again

    protected override void End(Exception exception) =>
        wasToldOfThePast |= exception is RpcException { StatusCode: StatusCode.FailedPrecondition };

    protected override List<Message> TakeRefused()
    {
        if (!isRefused)
            return [];
        isRefused = false;
        return [.. Unanswered];
    }

    protected override Message? Next()
    {
        if (recipients.Length == 0 || !isProducing || Unanswered.Count >= MaxInFlight || !pace.TryTake())
            return null;
        if (random.Next(50) == 0 && Again() is { } again)
            return again;
        // The same as those of other users' devices: ids of different users never meet.
        var id = string.Create(CultureInfo.InvariantCulture, $"{Device}-{++produced:D7}");
        var text = random.Next(20) == 0 ? id + new string('.', random.Next(4000)) : id;
        var message = ProbeDevice.Text(recipients[random.Next(recipients.Length)], id, text);
        Unanswered.AddLast(message);
        return message;
    }

    protected override IEnumerable<Frame> Take(Frame frame, bool isFirst)
    {
        if (frame.Message is { } message)
            return Replies(message);
        var signal = frame.Signal;
        if (signal is { From: not null, SignalOffset: > 0 })
            return [Acknowledgement(signal.SignalOffset)];
        // An answer without an id is that to a read, or refuses an acknowledgement.
        if (signal is { From: null, Id.Length: 0 } && (signal.HasError || signal.SignalAckState is { Read: true }))
            unansweredReads = Math.Max(0, unansweredReads - 1);
        else if (signal is { From: null, Id.Length: > 0 } && Unanswered.FirstOrDefault(waiting => waiting.Id == signal.Id) is { } settled)
            Settle(settled, signal);
        return [];
    }

    private bool IsSettled()
    {
        lock (Gate)
            return Unanswered.Count == 0 && unansweredReads == 0;
    }

    private List<Frame> Replies(Message message)
    {
        List<Frame> replies = [Acknowledgement(message.SignalOffset)];
        // One that comes late, behind a later one, changes nothing.
        if (random.Next(20) == 0)
            replies.Add(Acknowledgement(Math.Max(1, message.SignalOffset - random.Next(1, 20))));
        if (message.From.User == User || !isProducing)
            return replies;
        if (random.Next(8) == 0)
        {
            unansweredReads++;
            replies.Add(Read(message));
        }

        if (random.Next(50) == 0)
            replies.Add(Typing(message.From.User));
        return replies;
    }

    /// <summary>
    /// One that was accepted before, perhaps long ago: its answer must not have changed. Every third, and always those,
    /// with another content, which must be refused.
    /// </summary>
    private Message? Again()
    {
        if (remembered.Count == 0)
            return null;
        var chosen = random.Next(remembered.Count);
        var again = remembered[chosen].Clone();
        if (chosen % 3 == 0)
            again.Timestamp++;
        return again;
    }

    private void Settle(Message message, Signal answer)
    {
        if (answer is { SignalOffsetState: false, Type: SignalKind.Response })
        {
            isRefused = true;
            return;
        }

        Unanswered.Remove(message);
        accepted += answer.SignalOffsetState ? 1 : 0;
        if (answer.SignalOffsetState && accepted % 50 == 1)
            remembered.Add(message);
    }

    private Frame Acknowledgement(int offset)
    {
        Position = Math.Max(Position, offset);
        return new Frame
        {
            Signal = new Signal
            {
                // Now and then one whose answer says that it is on disk.
                Id = offset % 10 == 0 ? NextId("ack") : "",
                SignalOffset = offset,
                SignalAckState = new SignalAckState { Received = true },
            },
        };
    }

    private static Frame Read(Message message) => new()
    {
        // Without an id, which could be taken for that of a message of this device's own.
        Signal = new Signal
        {
            To = new Identity { User = message.From.User },
            UserOffset = message.UserOffset,
            SignalAckState = new SignalAckState { Read = true },
        },
    };

    private Frame Typing(string to) => new()
    {
        Signal = new Signal { Id = NextId("typing"), To = new Identity { User = to }, Status = SignalStatus.Typing },
    };

    private string NextId(string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}-{User}-{Device}-{++signals}");
}
