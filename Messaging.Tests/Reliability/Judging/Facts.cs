using System.IO.Hashing;
using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Judging;

/// <summary>A message, named for ever by the user who sent it and its id.</summary>
internal sealed class MessageFact(string user, string id)
{
    private readonly HashSet<UInt128> contents = [];
    private readonly HashSet<UInt128> payloads = [];
    private bool isRefused;

    public string User { get; } = user;

    public string Id { get; } = id;

    /// <summary>The device that sent it first.</summary>
    public DeviceName Author { get; private set; }

    /// <summary>When it first went up, as the number of the event.</summary>
    public long SentAt { get; private set; } = long.MaxValue;

    /// <summary>When it was first answered <c>true</c>.</summary>
    public long AnsweredAt { get; set; } = long.MaxValue;

    public bool IsAccepted => AnsweredAt != long.MaxValue;

    /// <summary>Its place in the sender's sequence, as answered.</summary>
    public int SignalOffset { get; set; }

    /// <summary>Its place in the conversation, 0 while nobody was told.</summary>
    public int UserOffset { get; set; }

    /// <summary>Whom it goes to, as it was first sent.</summary>
    public string To { get; private set; } = "";

    public string Conversation { get; private set; } = $" {user}";

    /// <summary>In which sequences it has been seen, and where.</summary>
    public List<(string User, int Offset)> Places { get; } = new(2);

    /// <summary>Whether it has been seen in the sequence of a user.</summary>
    public bool IsIn(string member)
    {
        foreach (var (user, _) in Places)
        {
            if (user == member)
                return true;
        }

        return false;
    }

    public bool WasSent => SentAt != long.MaxValue;

    /// <summary>Its application has lost it, with everything else that it had not stored.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>Whether an answer that nobody got may have been all that its sender's queue ever said of it.</summary>
    public bool MayBeUntold => WasSent && !IsAccepted && IsForgotten && !Places.Exists(place => place.User == User);

    /// <summary>It goes up, for the first time or again.</summary>
    public void GoesUp(DeviceName from, Message message, long at)
    {
        // After a final refusal it takes its place anew.
        if (!WasSent || isRefused)
        {
            (Author, To, SentAt, isRefused) = (from, message.To?.User ?? "", at, false);
            Conversation = string.CompareOrdinal(User, To) < 0 ? $"{User} {To}" : $"{To} {User}";
        }

        contents.Add(ContentOf(message));
        payloads.Add(XxHash128.HashToUInt128(message.Payload.Span));
    }

    /// <summary>Whether this is another content than what was accepted under the id.</summary>
    public bool IsForgedBy(Message message) => IsAccepted && !Says(message);

    /// <summary>It will never be taken as it stands.</summary>
    public void IsRefused() => isRefused = !IsAccepted;

    /// <summary>Whether one of those that went up under this id said just this.</summary>
    public bool Says(Message message) => contents.Contains(ContentOf(message));

    public bool Says(ReadOnlySpan<byte> payload) => payloads.Contains(XxHash128.HashToUInt128(payload));

    /// <summary>The ledger does not have it any more: if it goes up again, it takes its place anew.</summary>
    public void Forget()
    {
        (AnsweredAt, SignalOffset, UserOffset, isRefused) = (long.MaxValue, 0, 0, true);
        Places.Clear();
    }

    public override string ToString() => $"{User}'s message {Id}";

    private static UInt128 ContentOf(Message message) => XxHash128.HashToUInt128(new Message
    {
        To = new Identity { User = message.To?.User ?? "", Device = message.To?.Device ?? "" },
        Timestamp = message.Timestamp,
        Payload = message.Payload,
        EncryptionType = message.EncryptionType == "none" ? "" : message.EncryptionType,
        Encrypted = message.Encrypted,
        Signature = message.Signature,
    }.ToByteArray());
}

/// <summary>
/// What stands at an offset of a user's sequence. Of a read whose answer alone was seen, only who read is known.
/// </summary>
/// <param name="Author">Who sent, received, read or reported.</param>
/// <param name="Message">The message that it is, if it is one.</param>
/// <param name="Kind">Of a signal: what it says.</param>
/// <param name="About">Of a signal: the id it is about.</param>
/// <param name="Peer">Of a signal: the other member of the conversation.</param>
/// <param name="UserOffset">The place in the conversation that it names.</param>
/// <param name="SeenAt">When it was first seen, as the number of the event.</param>
/// <param name="Crashes">How many crashes there had been then.</param>
internal sealed record EntryFact(
    DeviceName Author, MessageFact? Message, EntryKind Kind, string About, string Peer, int UserOffset, long SeenAt, int Crashes)
{
    public bool IsOwnReadOnly => Kind == EntryKind.OwnRead;

    /// <summary>Whether both can be the same entry.</summary>
    public bool Agrees(EntryFact other)
    {
        // An answer does not say which device sent the message first.
        var isSameAuthor = Author.User == other.Author.User
            && (Author.Device == other.Author.Device || Author.Device.Length == 0 || other.Author.Device.Length == 0);
        if (IsOwnReadOnly || other.IsOwnReadOnly)
            return isSameAuthor && Kind.IsRead() && other.Kind.IsRead();
        return isSameAuthor && Message == other.Message && Kind == other.Kind && About == other.About
            && UserOffset == other.UserOffset;
    }

    /// <summary>Whether it knows less than the other, which agrees.</summary>
    public bool KnowsLessThan(EntryFact other) =>
        (IsOwnReadOnly && !other.IsOwnReadOnly) || (Author.Device.Length == 0 && other.Author.Device.Length > 0);

    public override string ToString() => Message is { } message
        ? $"{message} at #{UserOffset}"
        : $"{Kind} by {Author} about {About} at #{UserOffset}";
}

internal enum EntryKind
{
    Message,
    Received,
    Read,
    Played,
    Report,

    /// <summary>A read or a played that its reader knows from the answer.</summary>
    OwnRead,
}

internal static class EntryKinds
{
    public static bool IsRead(this EntryKind kind) => kind is EntryKind.Read or EntryKind.Played or EntryKind.OwnRead;
}

/// <summary>One user's sequence, put together from what all their devices were told.</summary>
internal sealed class SequenceFacts
{
    private readonly Dictionary<(string Author, EntryKind Kind), int> told = [];

    public Dictionary<int, EntryFact> Entries { get; } = [];

    /// <summary>The highest offset that anybody was told of.</summary>
    public int Head { get; set; }

    /// <summary>What stands there, for the first time or better known than before.</summary>
    public void Put(int offset, EntryFact entry)
    {
        Entries[offset] = entry;
        var about = (entry.Author.User, entry.Kind);
        told[about] = Math.Max(told.GetValueOrDefault(about), entry.UserOffset);
    }

    /// <summary>Up to where it says that a user has received, or read: what was read was received, what was played both.</summary>
    public int ToldOf(string user, EntryKind kind) => new[] { kind, EntryKind.Read, EntryKind.Played }.Max(
        one => told.GetValueOrDefault((user, one)));

    /// <summary>The ledger has no more of it than this.</summary>
    public void Forget(int head)
    {
        var kept = Entries.Where(place => place.Key <= head).ToList();
        Entries.Clear();
        told.Clear();
        foreach (var (offset, entry) in kept)
            Put(offset, entry);
        Head = Math.Min(Head, head);
    }
}

/// <summary>What one device was told, over all its streams.</summary>
internal sealed class DeviceFacts(DeviceName name)
{
    private readonly HashSet<int> seen = [];
    private readonly List<(int After, int Through)> covered = [];

    public DeviceName Name { get; } = name;

    public bool IsRetired { get; set; }

    /// <summary>Where its first stream began; null before that.</summary>
    public int? Start { get; set; }

    /// <summary>The last of the server's words on its cursor that came from the disk.</summary>
    public int CursorForSure { get; set; }

    /// <summary>The highest offset that it acknowledged, whether or not that arrived.</summary>
    public int Acknowledged { get; set; }

    /// <summary>Its stream that is open, or was the last one.</summary>
    public StreamFacts? Stream { get; set; }

    /// <summary>Offsets over which the server carried it although it had not acknowledged them.</summary>
    public List<(int After, int Through)> Carried { get; } = [];

    /// <summary>The reads of it that were answered <c>true</c>: by the other member, the watermark.</summary>
    public Dictionary<string, int> Reads { get; } = [];

    /// <summary>Reads that went up and were not answered: their entries may stand where nobody was told of them.</summary>
    public int UnansweredReads { get; set; }

    /// <summary>What the application gave to its client library; that it then need not be given.</summary>
    public HashSet<MessageFact> Handed { get; } = [];

    /// <summary>What the application was given: by message, the client that gave it.</summary>
    public Dictionary<MessageFact, int> Given { get; } = [];

    /// <summary>The last place given, by client and conversation.</summary>
    public Dictionary<(int Instance, string Conversation), int> GivenTo { get; } = [];

    /// <summary>Whether an application of it is in this history.</summary>
    public bool HasApp { get; set; }

    public void Sees(int offset) => seen.Add(offset);

    public void Covers(int after, int through) => covered.Add((after, through));

    public bool HasSeen(int offset) => seen.Contains(offset);

    public bool IsCovered(int offset) => covered.Exists(range => offset > range.After && offset <= range.Through);

    /// <summary>Of the sequence the ledger has no more than this, and of the cursor nothing is sure.</summary>
    public void Forget(int head)
    {
        seen.RemoveWhere(offset => offset > head);
        covered.RemoveAll(range => range.After >= head);
        Carried.Clear();
        Reads.Clear();
        GivenTo.Clear();
        if (head == 0)
            Start = null;
        (CursorForSure, Acknowledged) = (0, Math.Min(Acknowledged, head));
    }
}
