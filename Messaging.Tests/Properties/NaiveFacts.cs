using Messaging.V1;

namespace Messaging.Tests.Properties;

/// <summary>A frame that must come down.</summary>
/// <param name="Frame">As it must be; of an error only the code, and of the server's time nothing.</param>
/// <param name="Time">Where the server's time is in it: the same wherever the same thing is told.</param>
internal sealed record ExpectedFrame(Frame Frame, LearnedTime? Time = null);

/// <summary>A time that the server gave, known once it was seen.</summary>
internal sealed class LearnedTime
{
    public long Milliseconds { get; set; }
}

/// <summary>A message that was accepted.</summary>
internal sealed class NaiveMessage(Message content, Identity author, int userOffset)
{
    public Message Content => content;

    public Identity Author => author;

    public int UserOffset => userOffset;

    public int OwnOffset { get; set; }

    public LearnedTime StoredAt { get; } = new();

    public HashSet<string> PlayedBy { get; } = [];

    public HashSet<string> ReportedBy { get; } = [];

    // §4
    public bool IsSame(Message other) =>
        other.To.Equals(content.To) && other.Timestamp == content.Timestamp && other.Payload == content.Payload
        && Type(other) == Type(content) && other.Encrypted == content.Encrypted && other.Signature == content.Signature;

    private static string Type(Message message) => message.EncryptionType == "none" ? "" : message.EncryptionType;
}

/// <summary>A signal that is an entry, but for its offset and role.</summary>
internal sealed record NaiveSignal(Signal Signal, LearnedTime Time);

/// <summary>An entry of a sequence: a message or a signal.</summary>
internal sealed class NaiveEntry
{
    public NaiveEntry(NaiveMessage message) => Message = message;

    public NaiveEntry(NaiveSignal signal) => Signal = signal;

    public NaiveMessage? Message { get; }

    public NaiveSignal? Signal { get; }
}

/// <summary>A conversation of two, or of one.</summary>
internal sealed class NaiveConversationFacts(string one, string other)
{
    public List<NaiveMessage> Timeline { get; } = [];

    public Dictionary<string, int> ReceivedTo { get; } = [];

    public Dictionary<string, int> ReadTo { get; } = [];

    public bool Has(string user) => user == one || user == other;

    public bool IsOf(string a, string b) => (a == one && b == other) || (a == other && b == one);

    public int Read(string user) => ReadTo.GetValueOrDefault(user);

    // §6: read implies received.
    public int Received(string user) => Math.Max(ReceivedTo.GetValueOrDefault(user), Read(user));
}
