using Messaging.V1;

namespace Messaging.Tests.Properties;

/// <summary>A stream of a device in a <see cref="NaiveService"/>: its walk down the queue, and what it must be sent.</summary>
internal sealed class NaiveFrameStream(string device, int window)
{
    private readonly SortedSet<int> inFlight = [];
    private readonly HashSet<int> own = [];
    private readonly HashSet<int> answered = [];
    private int position;
    private bool isBehind;

    public string Device => device;

    public string User => Identity.User;

    public Identity Identity { get; } = new() { User = device.Split('/')[0], Device = device.Split('/')[1] };

    /// <summary>Everything that must come down, in order.</summary>
    public List<ExpectedFrame> Expected { get; } = [];

    public int InvalidInARow { get; set; }

    /// <summary>How the stream must end; null while it goes on.</summary>
    public Grpc.Core.StatusCode? Ending { get; set; }

    public static Frame PositionFrame(int offset, string id = "") => new()
    {
        Signal = new Signal
        {
            Id = id,
            SignalOffset = offset,
            Type = SignalKind.Response,
            SignalType = SignalType.Device,
            SignalOffsetState = true,
        },
    };

    public void Begin(int cursor, int head)
    {
        position = cursor;
        isBehind = cursor < head;
        Expected.Add(new ExpectedFrame(PositionFrame(cursor)));
    }

    /// <summary>An answer is the delivery of this entry (§4).</summary>
    public void Answered(int offset)
    {
        own.Add(offset);
        answered.Add(offset);
    }

    /// <summary>Where a cursor comes to that has come here (§4, §5).</summary>
    public int PassOver(int cursor)
    {
        while (own.Contains(cursor + 1))
            cursor++;
        return cursor;
    }

    public void Acknowledge(int upTo, int cursor)
    {
        inFlight.RemoveWhere(offset => offset <= upTo);
        if (upTo > cursor && upTo > position)
            position = upTo;
    }

    public void GoBack(int after, int head)
    {
        inFlight.RemoveWhere(offset => offset > after);
        answered.Clear();
        position = after;
        isBehind = after < head;
    }

    /// <summary>Sends what the window lets go (§5).</summary>
    public void Walk(List<NaiveEntry> sequence, Func<NaiveMessage, SignalAckState> stateOf)
    {
        for (; position < sequence.Count; position++)
        {
            var offset = position + 1;
            if (answered.Contains(offset))
                continue;
            if (inFlight.Count >= window)
            {
                isBehind = true;
                return;
            }

            inFlight.Add(offset);
            Expected.Add(sequence[position] switch
            {
                { Message: { } message } => new ExpectedFrame(FrameOf(message, offset, stateOf(message))),
                { Signal: var signal } => new ExpectedFrame(FrameOf(signal!.Signal, offset), signal.Time),
            });
        }

        isBehind = false;
    }

    // §3, §5
    private Frame FrameOf(NaiveMessage message, int offset, SignalAckState state)
    {
        var copy = message.Content.Clone();
        copy.From = message.Author;
        (copy.SignalOffset, copy.UserOffset) = (offset, message.UserOffset);
        copy.SignalType = message.Author.User == User ? RoleOf(message.Author) : SignalType.Receiver;
        copy.SignalRequest = isBehind ? SignalRequest.Pull : SignalRequest.Push;
        (copy.SignalOffsetState, copy.SignalAckState) = (true, state);
        return new Frame { Message = copy };
    }

    private Frame FrameOf(Signal signal, int offset)
    {
        var copy = signal.Clone();
        copy.SignalOffset = offset;
        copy.SignalType = signal.From.User == User && signal.Type != SignalKind.Error ? RoleOf(signal.From) : SignalType.Sender;
        return new Frame { Signal = copy };
    }

    private SignalType RoleOf(Identity author) =>
        author.Device == Identity.Device ? SignalType.Sender : SignalType.Device;
}
