using System.Diagnostics;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Judging;

/// <summary>
/// The event log of a run, written by its clients and never by the server. Each event is judged as it is written, so a
/// long run need not be kept. Safe for concurrent use: the order of the calls is the order of the log.
/// </summary>
internal sealed class History
{
    /// <summary>What a report shows of what came last.</summary>
    private const int Kept = 400;

    private static readonly Violation NotYet = new(Invariant.Stuck, "not all devices are where their sequences end");

    private readonly Lock gate = new();
    private readonly Checker checker = new();
    private readonly Queue<HistoryEvent> last = new();
    private int streams;

    /// <summary>The events that came last, oldest first.</summary>
    public IReadOnlyList<string> Last
    {
        get
        {
            lock (gate)
                return [.. last.Select(e => e.ToString())];
        }
    }

    /// <summary>A stream is about to be opened.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="device">Whose.</param>
    /// <param name="position">The <c>messaging-position</c> that goes with it, if any.</param>
    public StreamHistory Open(string user, string device, string? position = null)
    {
        lock (gate)
        {
            var number = ++streams;
            Record(new HistoryEvent.Opening(number, new DeviceName(user, device), position));
            return new StreamHistory(this, number);
        }
    }

    /// <summary>The service, the disk or the network was made to fail.</summary>
    /// <param name="what">In words.</param>
    /// <param name="isCrash">The service lost what it had only in memory.</param>
    public void Fault(string what, bool isCrash) => Record(new HistoryEvent.Fault(what, isCrash));

    /// <summary>The ledger was given a new epoch on purpose.</summary>
    /// <param name="restored">What it has of what was; nothing, if left out.</param>
    public void NewEpoch(LedgerAudit? restored = null) => Record(new HistoryEvent.NewEpoch(
        restored?.Sequences.ToDictionary(sequence => sequence.Key, sequence => sequence.Value.Keys.Last()) ?? []));

    public void Retire(string user, string device) => Record(new HistoryEvent.Retired(new DeviceName(user, device)));

    /// <summary>An application gave a message to its client library.</summary>
    public void AppSends(string user, string device, string id, string to) =>
        Record(new HistoryEvent.AppSends(new DeviceName(user, device), id, to));

    /// <summary>An application has lost a message; see <see cref="HistoryEvent.AppForgets"/>.</summary>
    public void AppForgets(string user, string device, string id) =>
        Record(new HistoryEvent.AppForgets(new DeviceName(user, device), id));

    /// <summary>A client library gave a message to its application; see <see cref="HistoryEvent.AppGets"/>.</summary>
    public void AppGets(
        string user, string device, int instance, string from, string id, int userOffset, ReadOnlyMemory<byte> payload) =>
        Record(new HistoryEvent.AppGets(new DeviceName(user, device), instance, from, id, userOffset, payload));

    /// <summary>No fault is left, every device has caught up, every message is answered.</summary>
    public void Drained() => Record(new HistoryEvent.Drained());

    /// <summary>
    /// Waits until everything that was accepted has arrived where it must, which is <c>stuck</c> where it takes longer
    /// than 30 s; the devices are connected, and no fault is left.
    /// </summary>
    public async Task DrainAsync()
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var looked = Stopwatch.StartNew();
            var missing = AreAtTheirHeads() || waited.Elapsed > Wait.Deadline ? Missing() : NotYet;
            if (missing is null || waited.Elapsed > Wait.Deadline)
            {
                if (missing is not null)
                    Stuck($"after {Wait.Deadline.TotalSeconds} s: {missing.Text}");
                Drained();
                return;
            }

            // A long history takes a while to look through, and the clients wait meanwhile.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(50, looked.ElapsedMilliseconds)), TimeProvider.System);
        }
    }

    /// <summary>The highest offset that a device has acknowledged, whether or not that arrived.</summary>
    public int AcknowledgedBy(string user, string device)
    {
        lock (gate)
            return checker.Devices.GetValueOrDefault(new DeviceName(user, device))?.Acknowledged ?? 0;
    }

    private bool AreAtTheirHeads()
    {
        lock (gate)
            return checker.AreAtTheirHeads;
    }

    /// <summary>Something that was accepted and has not arrived where it must; null where all has.</summary>
    public Violation? Missing()
    {
        lock (gate)
            return Completeness.Judge(checker).FirstOrDefault();
    }

    /// <summary>That did not happen in time.</summary>
    public void Stuck(string what) => Record(new HistoryEvent.Stuck(what));

    /// <summary>Something is still held that nothing needs any more.</summary>
    public void Leak(string what) => Record(new HistoryEvent.Leak(what));

    /// <summary>Judges what was written so far.</summary>
    /// <param name="ledger">The ledger's file, read offline, as a second opinion.</param>
    public Verdict Judge(LedgerAudit? ledger = null)
    {
        lock (gate)
            return checker.Judge(ledger);
    }

    /// <summary>Writes down one event.</summary>
    public void Record(HistoryEvent written)
    {
        lock (gate)
        {
            if (last.Count == Kept)
                last.Dequeue();
            last.Enqueue(written);
            checker.Take(written);
        }
    }
}

/// <summary>What one stream writes into the history. Safe for concurrent use.</summary>
internal sealed class StreamHistory(History history, int number)
{
    /// <summary>The response headers came.</summary>
    public void Began(string epoch, int head, int window) =>
        history.Record(new HistoryEvent.Began(number, epoch, head, window));

    /// <summary>A frame is about to go up; it must not be changed afterwards.</summary>
    public void Up(Frame frame) => history.Record(new HistoryEvent.Up(number, frame));

    /// <summary>A frame came down.</summary>
    public void Down(Frame frame) => history.Record(new HistoryEvent.Down(number, frame));

    public void Ended(string why) => history.Record(new HistoryEvent.Ended(number, why));
}
