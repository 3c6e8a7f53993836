using System.Globalization;
using System.Text;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Tests.Properties;

/// <summary>
/// Takes the same steps with the naive ledger and with the real one, and compares what they answer after each and what
/// their queues hold in the end.
/// </summary>
/// <param name="keepsFor">How long the real ledger keeps messages; null for ever.</param>
internal sealed class LedgerRun(TimeSpan? keepsFor = null) : IAsyncDisposable
{
    private static readonly string[] Users = ["alice", "bob", "carol"];

    /// <summary>As "user/device"; one that is removed from its account comes back under another name.</summary>
    private readonly string[] names = [.. Users.SelectMany(user => new[] { $"{user}/phone", $"{user}/laptop" })];

    private readonly TemporaryFolder folder = TemporaryFolder.Create();
    private readonly ServerTime time = new();
    private readonly NaiveDisk disk = new();
    private readonly (LedgerDevice Naive, LedgerDevice Real)?[] open = new (LedgerDevice, LedgerDevice)?[6];
    private readonly (LedgerDevice Naive, LedgerDevice Real)?[] replaced = new (LedgerDevice, LedgerDevice)?[6];
    private readonly StringBuilder story = new();
    private NaiveLedger naive = null!;
    private SqliteLedger real = null!;
    private int sent;

    /// <summary>How many bodies retention has removed.</summary>
    public long Removed { get; private set; }

    public async Task BeginAsync()
    {
        naive = new NaiveLedger(disk, time);
        var options = new LedgerOptions { Path = folder.File("ledger.db"), TailRows = 16, ActiveStates = 16, Retention = new RetentionOptions { UndeliveredAge = keepsFor ?? TimeSpan.Zero } };
        real = await SqliteLedger.OpenAsync(options, time, NullLogger<SqliteLedger>.Instance);
    }

    public async Task TakeAsync(LedgerOperation step)
    {
        time.Advance(TimeSpan.FromSeconds(1));
        if (step.Kind == OperationKind.Reopen)
        {
            await CompareQueuesAsync(pageSize: 1 + (step.One % 9));
            await CompareAccountsAsync();
            await CloseAsync();
            await BeginAsync();
            return;
        }

        if (step.Kind is OperationKind.Block or OperationKind.Unblock or OperationKind.Label or OperationKind.Revoke)
        {
            await ChangeAccountAsync(step);
            return;
        }

        if (step.Kind == OperationKind.Open || open[step.Device] is null)
            await OpenAsync(step.Device, step.Kind == OperationKind.Open ? step : step with { Two = 7 });
        if (step.Kind == OperationKind.Late && replaced[step.Device] is null)
            return;
        if (step.Kind == OperationKind.Open)
            return;

        var pair = step.Kind == OperationKind.Late ? replaced[step.Device]!.Value : open[step.Device]!.Value;
        var works = Works(step, pair.Naive).ToList();
        var asked = new List<(Submission Naive, Submission Real)>();
        foreach (var work in works)
        {
            asked.Add((
                await pair.Naive.HandOverAsync(work(pair.Naive.Stream)),
                await pair.Real.HandOverAsync(work(pair.Real.Stream))));
        }

        foreach (var (expected, actual) in asked)
        {
            await pair.Real.Listener.Visible(actual).InTime($"{actual} is settled, and a wake comes after it");
            story.AppendLine(CultureInfo.InvariantCulture, $"{names[step.Device]}: {Answer(expected)}");
            Agree(Answer(expected), Answer(actual));
        }

        await CompareHeadsAndCursorsAsync();
    }

    public async Task EndAsync()
    {
        await CompareAccountsAsync();
        await CompareQueuesAsync(pageSize: 64);
        await CloseAsync();
        await BeginAsync();
        await CompareAccountsAsync();
        await CompareQueuesAsync(pageSize: 5);
        await CloseAsync();
        var report = Verification.Run(folder.File("ledger.db"), isHeadCompared: true);
        Agree("", string.Join('\n', report.Findings));
        Removed = LedgerEdit.Ask(folder.File("ledger.db"), "SELECT coalesce(sum(removed), 0) FROM retention");
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        folder.Dispose();
    }

    private async Task OpenAsync(int device, LedgerOperation step)
    {
        var head = disk.User(UserOf(device)).Head.Value;
        var position = (step.Two % 8) switch { 0 or 1 => head, 2 => head + 1, _ => 0 };
        var startAtHead = step.One % 2 == 1;
        var expected = await LedgerDevice.OpenAsync(naive, names[device], startAtHead, position);
        var actual = await LedgerDevice.OpenAsync(real, names[device], startAtHead, position);
        story.AppendLine(CultureInfo.InvariantCulture, $"{names[device]}: {Answer(expected.Opening)}");
        Agree(Answer(expected.Opening), Answer(actual.Opening));
        if (expected.Opening.Settlement == Settlement.Recorded)
        {
            replaced[device] = open[device];
            open[device] = (expected, actual);
        }
        else if (open[device] is null)
        {
            await OpenAsync(device, step with { Two = 7 });
        }
    }

    /// <summary>What the step asks of a ledger, given a stream of it.</summary>
    private IEnumerable<Func<ILedgerStream, Submission>> Works(LedgerOperation step, LedgerDevice device)
    {
        var user = UserOf(step.Device);
        var peer = Users[step.One % Users.Length];
        var written = disk.Messages.Where(message => message.Key.User == user).Select(message => message.Value).ToList();
        var text = step.Three.ToString(CultureInfo.InvariantCulture);
        switch (step.Kind)
        {
            case OperationKind.Send or OperationKind.Late:
                yield return Message(peer, $"m-{++sent}", text);
                break;
            case OperationKind.SendAs:
                // In the name of another, now and then what that user has sent already; never in one's own: that is no other.
                var author = Users[(step.Device / 2 + 1 + (step.Two % 2)) % Users.Length];
                var theirs = disk.Messages.Keys.Where(key => key.User == author).Select(key => key.Id).ToList();
                yield return Message(
                    peer, step.Three % 4 == 0 && theirs.Count > 0 ? theirs[step.Three % theirs.Count] : $"m-{++sent}", text, author);
                break;
            case OperationKind.Burst:
                var first = sent + 1;
                for (var i = 0; i <= step.Two % 40; i++)
                {
                    // Now and then one of the same burst again, with the same content or another.
                    var isRepeat = i > 0 && (i * step.Three) % 7 == 3;
                    yield return isRepeat
                        ? Message(peer, $"m-{first}", (i * step.Three) % 2 == 0 ? text : "other")
                        : Message(peer, $"m-{++sent}", text);
                }

                break;
            case OperationKind.Repeat or OperationKind.Conflict when written.Count > 0:
                var again = written[step.Two % written.Count];
                var recipient = again.Entries.FirstOrDefault(entry => entry.UserName != user).UserName ?? user;
                var content = Encoding.UTF8.GetString(again.Body.Span);
                yield return step.Kind == OperationKind.Repeat
                    ? Message(recipient, again.Id, content)
                    : step.Three % 2 == 0 ? Message(recipient, again.Id, content + "!")
                    : Message(recipient == "alice" ? "bob" : "alice", again.Id, content);
                break;
            case OperationKind.Acknowledge:
                var upTo = Offset(device, step.Two, step.Three);
                yield return stream => new Acknowledge(stream, upTo);
                break;
            case OperationKind.Read or OperationKind.Play:
                var timeline = disk.Conversation(user, peer).Timeline;
                var isPlayed = step.Kind == OperationKind.Play;
                var id = isPlayed || step.Two % 3 > 0 ? Id(step.Three, timeline) : "";
                var read = step.Two % 2 == 0 || id.Length == 0
                    ? new UserOffset(1 + (step.Two / 2 % (timeline.Count + 1)))
                    : UserOffset.None;
                var acknowledge = step.Two % 5 == 0 ? Offset(device, step.Three, step.One) : SignalOffset.None;
                yield return stream => new MarkRead(stream, peer, id, read, isPlayed, acknowledge);
                break;
            case OperationKind.Report:
                var named = Id(step.Three, disk.Conversation(user, peer).Timeline);
                yield return stream => new ReportError(stream, peer, named, text);
                break;
        }
    }

    private static Func<ILedgerStream, SendMessage> Message(string to, string id, string text, string? author = null)
    {
        var body = Encoding.UTF8.GetBytes(text);
        return stream => new SendMessage(stream, id, to, body, LedgerDevice.Digest(to, body), author: author);
    }

    private static SignalOffset Offset(LedgerDevice device, int pick, int distance)
    {
        var (cursor, head) = (device.Stream.Cursor.Value, device.Stream.Head.Value);
        return new SignalOffset((pick % 6) switch
        {
            0 => cursor,
            1 => Math.Max(0, cursor - 1),
            2 => head,
            3 => head + 1,
            4 => cursor + 1,
            _ => cursor + (distance % (head - cursor + 1)),
        });
    }

    private static string Id(int pick, List<MessageRecord> timeline) =>
        timeline.Count == 0 || pick % 10 == 0 ? "nothing" : timeline[pick % timeline.Count].Id;

    private static string Answer(Submission submission) => submission switch
    {
        OpenStream open => $"open {open.StartAtHead} {open.Position} -> {open.Settlement} {open.Cursor} of {open.Head}",
        SendMessage send => $"send {send.Id} as {send.Author} to {send.Recipient} -> {send.Settlement} {send.SignalOffset} "
            + $"#{send.UserOffset} at {send.RecordedAt}",
        Acknowledge acknowledge =>
            $"acknowledge {acknowledge.UpTo} -> {acknowledge.Settlement} {acknowledge.Cursor} {acknowledge.IsPastCursor}",
        MarkRead read => $"read of {read.Peer} {read.MessageId} #{read.UpTo} {read.IsPlayed} {read.Acknowledge} -> "
            + $"{read.Settlement} #{read.Watermark} {read.SignalOffset}",
        ReportError report => $"report of {report.Peer} {report.MessageId} -> {report.Settlement}",
        ListBlocked list => $"{list.Caller} has blocked {string.Join(", ", list.Users)}",
        ListDevices list => $"{list.Caller.User}'s devices: {string.Join('\n', list.Devices)}",
        BlockUser block => $"{block.Caller} blocks {block.User} -> {block.Settlement}",
        UnblockUser unblock => $"{unblock.Caller} unblocks {unblock.User} -> {unblock.Settlement}",
        NameDevice name => $"{name.Caller} names {name.Device} {name.Label} -> {name.Settlement}",
        RevokeDevice revoke => $"{revoke.Caller} removes {revoke.Device} -> {revoke.Settlement}",
        _ => submission.ToString()!,
    };

    private async Task CompareHeadsAndCursorsAsync()
    {
        foreach (var pair in open)
        {
            if (pair is not var (expected, actual))
                continue;
            await actual.Listener.HeadReached(expected.Stream.Head).InTime(
                $"{expected.Opening.Device} reaches {expected.Stream.Head}, stands at {actual.Stream.Head}:\n{story}",
                TimeSpan.FromSeconds(5));
            Agree($"head {expected.Stream.Head}", $"head {actual.Stream.Head}");
            Agree($"cursor {expected.Stream.Cursor}", $"cursor {actual.Stream.Cursor}");
        }
    }

    private async Task CompareQueuesAsync(int pageSize)
    {
        for (var device = 0; device < names.Length; device++)
        {
            if (open[device] is null)
                await OpenAsync(device, new LedgerOperation(OperationKind.Open, device, 0, 7, 0));
            var (expected, actual) = open[device]!.Value;
            var found = (await actual.QueueAsync(0, pageSize)).Where(entry => keepsFor is null || EntryFrames.HoldsSomething(entry)).ToList();
            var offsets = found.Select(entry => entry.Offset).ToHashSet();
            Agree(
                string.Join('\n', (await expected.QueueAsync()).Where(entry => offsets.Contains(entry.Offset) || !MayBeGone(entry.Record))
                    .Select(QueueText.Brief)),
                string.Join('\n', found.Select(QueueText.Brief)));
        }

        await CompareHeadsAndCursorsAsync();
    }

    private bool MayBeGone(JournalRecord record) => record is MessageRecord or ReportRecord
        && keepsFor is { } age && record.RecordedAt < time.Milliseconds - (long)age.TotalMilliseconds;

    // Not an assertion of NUnit: that would be on record also for a run that is only a step towards a smaller one.
    private void Agree(string expected, string actual)
    {
        if (actual != expected)
            throw new LedgersDisagreeException($"Expected: {expected}\nBut was:  {actual}\nAfter:\n{story}");
    }

    private async Task CloseAsync()
    {
        await naive.DisposeAsync();
        await real.DisposeAsync();
        Array.Clear(open);
        Array.Clear(replaced);
    }

    private async Task ChangeAccountAsync(LedgerOperation step)
    {
        // Made by one of the user's devices, about one of theirs, or about any of the users.
        var caller = Party(step.Device);
        var index = (step.Device / 2 * 2) + (step.Two % 2);
        var target = Party(index);
        var peer = Users[step.One % Users.Length];
        if (step.Kind is OperationKind.Block && peer == caller.User)
            return;
        await AgreeAsync<AccountWork>(step.Kind switch
        {
            OperationKind.Block => () => new BlockUser(caller, peer),
            OperationKind.Unblock => () => new UnblockUser(caller, peer),
            OperationKind.Label => () => new NameDevice(caller, target.Device, $"label {step.Three}"),
            _ => () => new RevokeDevice(caller, target.Device),
        });
        if (step.Kind != OperationKind.Revoke || !disk.User(target.User).Devices.TryGetValue(target.Device, out var removed) || !removed.IsRevoked)
            return;

        if (open[index] is var (naiveDevice, realDevice))
            await Task.WhenAll(naiveDevice.Listener.Revoked, realDevice.Listener.Revoked).InTime("the stream hears of it");
        replaced[index] = open[index] ?? replaced[index];
        open[index] = null;
        var expected = await LedgerDevice.OpenAsync(naive, names[index]);
        var actual = await LedgerDevice.OpenAsync(real, names[index]);
        Agree(Answer(expected.Opening), Answer(actual.Opening));
        names[index] += "'";
    }

    private async Task CompareAccountsAsync()
    {
        foreach (var user in Users)
        {
            await AgreeAsync(() => new ListDevices(new Party(user, "any"), "", 100));
            await AgreeAsync(() => new ListBlocked(new Party(user, "any"), "", 100));
        }
    }

    private async Task AgreeAsync<T>(Func<T> work)
        where T : AccountWork
    {
        var (expected, actual) = (work(), work());
        await naive.SubmitAsync(expected, CancellationToken.None);
        await real.SubmitAsync(actual, CancellationToken.None);
        await Task.WhenAll(expected.Settled, actual.Settled).InTime($"{actual} is settled");
        story.AppendLine(Answer(expected));
        Agree(Answer(expected), Answer(actual));
    }

    private Party Party(int device) => new(UserOf(device), names[device].Split('/')[1]);

    private string UserOf(int device) => names[device].Split('/')[0];
}

/// <summary>The real ledger did something else than the naive one.</summary>
internal sealed class LedgersDisagreeException(string message) : Exception(message);
