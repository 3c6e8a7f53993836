using System.IO.Hashing;
using System.Text;
using Messaging.Service.Ledger;

namespace Messaging.Tests.Support;

/// <summary>A device as the ledger knows it: an open stream, and calls that wait until their work can be seen.</summary>
internal sealed class LedgerDevice : IDisposable
{
    private readonly ILedger ledger;

    private LedgerDevice(ILedger ledger, OpenStream opening, RecordingListener listener)
    {
        this.ledger = ledger;
        Opening = opening;
        Listener = listener;
    }

    public OpenStream Opening { get; }

    public RecordingListener Listener { get; }

    public ILedgerStream Stream => Opening.Stream ?? throw new InvalidOperationException("The stream is not open.");

    public string User => Opening.Device.User;

    /// <param name="ledger">Where.</param>
    /// <param name="name">The device as "user/device".</param>
    /// <param name="startAtHead">See <see cref="OpenStream"/>.</param>
    /// <param name="position">See <see cref="OpenStream"/>.</param>
    public static async Task<LedgerDevice> OpenAsync(
        ILedger ledger, string name, bool startAtHead = false, int position = 0)
    {
        var slash = name.LastIndexOf('/');
        var party = new Party(name[..slash], name[(slash + 1)..]);
        var listener = new RecordingListener();
        var opening = new OpenStream(party, listener, startAtHead, new SignalOffset(position));
        await ledger.SubmitAsync(opening, CancellationToken.None).InTime($"{name} hands its opening over");
        await listener.Settled(opening).InTime($"{name} is opened");
        if (opening.Settlement == Settlement.Recorded)
            await listener.Visible(opening).InTime($"{name} can be seen");
        return new LedgerDevice(ledger, opening, listener);
    }

    public static MessageDigest Digest(string to, ReadOnlySpan<byte> body)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes(to));
        hash.Append([0]);
        hash.Append(body);
        var value = hash.GetCurrentHashAsUInt128();
        return new MessageDigest((ulong)(value >> 64), (ulong)value);
    }

    public SendMessage Message(string to, string id, string text = "hello") =>
        Message(to, id, Encoding.UTF8.GetBytes(text));

    public SendMessage Message(string to, string id, byte[] body) => new(Stream, id, to, body, Digest(to, body));

    public Task<SendMessage> SendAsync(string to, string id, string text = "hello") =>
        VisibleAsync(Message(to, id, text));

    public Task<Acknowledge> AcknowledgeAsync(int upTo) =>
        VisibleAsync(new Acknowledge(Stream, new SignalOffset(upTo)));

    public Task<MarkRead> MarkReadAsync(string peer, string id = "", int upTo = 0) =>
        VisibleAsync(new MarkRead(Stream, peer, id, new UserOffset(upTo)));

    /// <summary>Hands work over and does not wait for its settlement.</summary>
    public async Task<T> HandOverAsync<T>(T submission)
        where T : Submission
    {
        await ledger.SubmitAsync(submission, CancellationToken.None).InTime($"{submission} is handed over");
        return submission;
    }

    /// <summary>Hands work over and waits until it is settled and its effects can be read.</summary>
    public async Task<T> VisibleAsync<T>(T submission)
        where T : Submission
    {
        await HandOverAsync(submission);
        await Listener.Visible(submission).InTime($"{submission} is settled, and a wake comes after it");
        return submission;
    }

    /// <summary>Hands work over and waits until it is handed back.</summary>
    public async Task<T> SettledAsync<T>(T submission)
        where T : Submission
    {
        await HandOverAsync(submission);
        await Listener.Settled(submission).InTime($"{submission} is settled");
        return submission;
    }

    /// <summary>The whole queue behind <paramref name="after"/> up to the head, read in pages.</summary>
    public async Task<List<QueueEntry>> QueueAsync(int after = 0, int maxEntries = 64, int maxBytes = 1 << 20)
    {
        var entries = new List<QueueEntry>();
        for (var place = new SignalOffset(after); place < Stream.Head;)
        {
            var page = await Stream.ReadAsync(place, maxEntries, maxBytes, CancellationToken.None).InTime("a page");
            if (page.Through <= place)
                throw new InvalidOperationException($"A page behind {place} accounts for nothing: {page.Through}.");
            entries.AddRange(page.Entries);
            place = page.Through;
        }

        return entries;
    }

    /// <summary>The same as lines of text, once the head is there.</summary>
    public async Task<List<string>> DescribeAsync(int head, int after = 0)
    {
        await Listener.HeadReached(new SignalOffset(head)).InTime($"{Opening.Device} sees the head {head}");
        return [.. (await QueueAsync(after)).Select(QueueText.Brief)];
    }

    public void Dispose() => Opening.Stream?.Dispose();
}
