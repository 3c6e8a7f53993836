using System.Globalization;
using System.IO.Hashing;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>
/// What the devices of a load have been told, each with how many changes the disk had taken when they saw it: from there
/// on, whatever happens to the power, it must be so. What contradicts itself the history of the same load finds. Safe for
/// concurrent use.
/// </summary>
internal sealed class Told
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string User, string Id), Message> sent = [];
    private readonly Dictionary<(string User, string Id), Accepted> accepted = [];
    private readonly Dictionary<(string User, int Offset), Entry> entries = [];
    private readonly List<Mark> cursors = [];
    private readonly List<Mark> reads = [];
    private readonly List<Mark> accounts = [];

    /// <summary>The messages answered with <c>true</c>.</summary>
    public IReadOnlyCollection<Accepted> AllAccepted
    {
        get
        {
            lock (gate)
                return [.. accepted.Values];
        }
    }

    public IReadOnlyDictionary<(string User, int Offset), Entry> Entries
    {
        get
        {
            lock (gate)
                return new Dictionary<(string User, int Offset), Entry>(entries);
        }
    }

    /// <summary>Cursors, by "user/device", as answers and first positions gave them.</summary>
    public IReadOnlyList<Mark> Cursors
    {
        get
        {
            lock (gate)
                return [.. cursors];
        }
    }

    /// <summary>Watermarks of <c>read</c>, by "user/peer", as answers gave them.</summary>
    public IReadOnlyList<Mark> Reads
    {
        get
        {
            lock (gate)
                return [.. reads];
        }
    }

    /// <summary>How many rounds of an <see cref="AccountLoad"/> were answered, by user.</summary>
    public IReadOnlyList<Mark> Accounts
    {
        get
        {
            lock (gate)
                return [.. accounts];
        }
    }

    public IReadOnlyDictionary<(string User, string Id), Message> Sent
    {
        get
        {
            lock (gate)
                return new Dictionary<(string User, string Id), Message>(sent);
        }
    }

    /// <summary>What every device that gets an entry must be told alike, whatever its role and the entry's state.</summary>
    public static string Describe(Frame frame) => frame.Message is { } message
        ? Describe(message, message.From, message.UserOffset)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"signal {frame.Signal.From.User}/{frame.Signal.From.Device} {frame.Signal.Id} #{frame.Signal.UserOffset} "
            + $"{frame.Signal.Type} {frame.Signal.Status} {frame.Signal.SignalAckState} at {frame.Signal.Timestamp}");

    public void Sends(string user, Message message)
    {
        lock (gate)
            sent.Add((user, message.Id), message);
    }

    public void IsAccepted(Identity device, string id, int signalOffset, int userOffset, long operation)
    {
        lock (gate)
        {
            var message = sent[(device.User, id)];
            accepted.TryAdd((device.User, id), new Accepted(device, message, signalOffset, userOffset, operation));
            entries.TryAdd((device.User, signalOffset), new Entry(Describe(message, device, userOffset), operation));
        }
    }

    public void IsDelivered(string user, int offset, Frame frame, long operation)
    {
        lock (gate)
            entries.TryAdd((user, offset), new Entry(Describe(frame), operation));
    }

    public void HasCursor(string device, int cursor, long operation)
    {
        lock (gate)
            cursors.Add(new Mark(device, cursor, operation));
    }

    public void HasRead(string user, string peer, int upTo, long operation)
    {
        lock (gate)
            reads.Add(new Mark($"{user}/{peer}", upTo, operation));
    }

    public void HasChangedAccount(string user, int round, long operation)
    {
        lock (gate)
            accounts.Add(new Mark(user, round, operation));
    }

    private static string Describe(Message message, Identity from, int userOffset) => string.Create(
        CultureInfo.InvariantCulture,
        $"message {from.User}/{from.Device} {message.Id} #{userOffset} to {message.To.User} at {message.Timestamp} "
        + $"{message.Payload.Length}:{XxHash64.HashToUInt64(message.Payload.Span):x16}");

    /// <summary>A message, and the answer it got.</summary>
    internal sealed record Accepted(Identity Device, Message Message, int SignalOffset, int UserOffset, long Operation)
    {
        public override string ToString() =>
            $"{Device.User}'s {Message.Id}, answered with {SignalOffset} and #{UserOffset} at {Operation}";
    }

    /// <summary>What stands at an offset of a user's sequence, and when it was told first.</summary>
    internal sealed record Entry(string What, long Operation);

    /// <summary>Where something stands that only rises.</summary>
    internal sealed record Mark(string Of, int At, long Operation);
}
