using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>
/// Opens what a power cut has left, as the service would, and holds it against what the devices had been told by then.
/// Safe for concurrent use.
/// </summary>
/// <param name="told">What they had been told.</param>
/// <param name="isRetained">Whether retention was at work: then messages may be gone, and nothing but messages.</param>
internal sealed class CutJudge(Told told, bool isRetained = false)
{
    /// <summary>Messages that are sent again to each image, to see that they are known.</summary>
    private const int Repeats = 4;

    private readonly Told.Accepted[] accepted = [.. told.AllAccepted.OrderBy(message => message.Operation)];
    private readonly IReadOnlyDictionary<(string User, int Offset), Told.Entry> entries = told.Entries;
    private readonly IReadOnlyDictionary<(string User, string Id), Message> sent = told.Sent;
    private readonly IReadOnlyList<Told.Mark> cursors = told.Cursors;
    private readonly IReadOnlyList<Told.Mark> reads = told.Reads;
    private readonly IReadOnlyList<Told.Mark> accounts = told.Accounts;

    /// <param name="path">The ledger's file.</param>
    /// <param name="operation">How many changes the disk had taken.</param>
    /// <param name="random">Decides what is sent again.</param>
    public async Task<List<Violation>> JudgeAsync(string path, long operation, Random random)
    {
        SqliteLedger ledger;
        try
        {
            ledger = await SqliteLedger.OpenAsync(
                new LedgerOptions { Path = path }, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
        }
        catch (LedgerUnusableException unusable)
        {
            return [new Violation(Invariant.Lost, $"it does not open: {unusable.Message}")];
        }

        await using (ledger)
        {
            var audit = LedgerAudit.Read(path);
            List<Violation> violations = [.. audit.Violations];
            if (isRetained && Verification.Run(path, isHeadCompared: false) is { IsWell: false } report)
                violations.Add(new Violation(Invariant.Torn, string.Join("; ", report.Findings)));
            var devices = await OpenDevicesAsync(ledger, operation, violations);
            try
            {
                var queues = new Dictionary<string, List<Frame?>>();
                foreach (var device in devices.Values.DistinctBy(device => device.User))
                    queues.Add(device.User, await ReadAsync(device, violations));
                violations.AddRange(queues.SelectMany(queue => Sequence(queue.Key, queue.Value, operation)));
                violations.AddRange(Timelines(queues));
                await RepeatAsync(devices, operation, random, violations);
                await ReadAgainAsync(devices, operation, violations);
                await AccountAsync(ledger, operation, violations);
                await GoOnAsync(devices, queues, violations);
            }
            finally
            {
                foreach (var device in devices.Values)
                    device.Dispose();
            }

            return violations;
        }
    }

    /// <summary>All devices of the load, each at a cursor that it has been told or a later one.</summary>
    private async Task<Dictionary<string, LedgerDevice>> OpenDevicesAsync(
        SqliteLedger ledger, long operation, List<Violation> violations)
    {
        var devices = new Dictionary<string, LedgerDevice>();
        foreach (var name in LedgerLoad.DeviceNames)
        {
            var device = await LedgerDevice.OpenAsync(ledger, name);
            devices.Add(name, device);
            var known = Highest(cursors, name, operation);
            if (device.Opening.Cursor.Value < known)
                violations.Add(new Violation(Invariant.Regress, $"{name}'s cursor was {known} and is {device.Opening.Cursor}"));
        }

        return devices;
    }

    private async Task<List<Frame?>> ReadAsync(LedgerDevice device, List<Violation> violations)
    {
        var frames = new EntryFrames(device.Opening.Device);
        var queue = new List<Frame?>();
        foreach (var entry in await device.QueueAsync(maxEntries: 1024, maxBytes: 16 << 20))
        {
            PadTo(entry.Offset.Value - 1);
            if (entry.Offset.Value != queue.Count + 1)
                violations.Add(new Violation(Invariant.Gap, $"{device.User} has {entry.Offset} behind {queue.Count}"));
            queue.Add(frames.For(entry, SignalRequest.Pull));
        }

        PadTo(device.Stream.Head.Value);

        if (queue.Count != device.Stream.Head.Value)
            violations.Add(new Violation(Invariant.Gap, $"{device.User} has {queue.Count} entries up to {device.Stream.Head}"));
        return queue;

        void PadTo(int count)
        {
            while (isRetained && queue.Count < count)
                queue.Add(null);
        }
    }

    /// <summary>What was told by then is there; what is there is what was told then or later.</summary>
    private IEnumerable<Violation> Sequence(string user, List<Frame?> queue, long operation)
    {
        for (var i = 0; i < queue.Count; i++)
        {
            if (queue[i] is not { } frame)
            {
                if (!isRetained || (entries.TryGetValue((user, i + 1), out var gone) && !gone.What.StartsWith("message ", StringComparison.Ordinal)))
                    yield return new Violation(Invariant.Lost, $"{user} has nothing at {i + 1}");
                continue;
            }

            var what = Told.Describe(frame);
            if (entries.TryGetValue((user, i + 1), out var entry) && entry.What != what)
            {
                yield return new Violation(
                    entry.Operation <= operation ? Invariant.Phantom : Invariant.Divergent,
                    $"{user} was told at {entry.Operation} that {i + 1} is \"{entry.What}\", and it is \"{what}\"");
            }

            if (frame.Message is { } message)
            {
                if (!sent.TryGetValue((message.From.User, message.Id), out var original))
                    yield return new Violation(Invariant.Unexpected, $"{user} has {message.Id} at {i + 1}, which nobody sent");
                else if (!IsSame(original, message))
                    yield return new Violation(Invariant.Mutated, $"{user} has {message.Id} at {i + 1} otherwise than sent");
            }
        }

        foreach (var ((_, offset), entry) in entries.Where(
            told => told.Key.User == user && told.Key.Offset > queue.Count && told.Value.Operation <= operation))
        {
            var isAnswered = accepted.Any(message =>
                message.Device.User == user && message.SignalOffset == offset && message.Operation <= operation);
            yield return new Violation(
                isAnswered ? Invariant.Lost : Invariant.Phantom,
                $"{user} was told at {entry.Operation} of {entry.What} at {offset}, and the head is {queue.Count}");
        }
    }

    private IEnumerable<Violation> Timelines(Dictionary<string, List<Frame?>> queues)
    {
        var timelines = queues.ToDictionary(
            queue => queue.Key,
            queue => queue.Value.Select(frame => frame?.Message).OfType<Message>().ToLookup(
                message => message.From.User == queue.Key ? message.To.User : message.From.User,
                message => (message.UserOffset, Id: $"{message.From.User}'s {message.Id}")));
        foreach (var (user, conversations) in timelines)
        {
            foreach (var conversation in conversations)
            {
                var first = isRetained ? conversation.First().UserOffset : 1;
                if (!conversation.Select(place => place.UserOffset).SequenceEqual(Enumerable.Range(first, conversation.Count())))
                {
                    yield return new Violation(
                        Invariant.ConvGap,
                        $"{user} with {conversation.Key}: {string.Join(' ', conversation.Select(place => place.UserOffset))}");
                }

                foreach (var missing in conversation.Except(timelines[conversation.Key][user]))
                {
                    var isElsewhere = timelines[conversation.Key][user].Any(place => place.Id == missing.Id);
                    yield return new Violation(
                        isElsewhere ? Invariant.ConvSplit : Invariant.Torn, $"{user} has {missing}, {conversation.Key} has not");
                }
            }
        }
    }

    /// <summary>What was answered is answered again as it was.</summary>
    private async Task RepeatAsync(
        Dictionary<string, LedgerDevice> devices, long operation, Random random, List<Violation> violations)
    {
        var known = accepted.TakeWhile(message => message.Operation <= operation).ToArray();
        if (known.Length == 0)
            return;

        // The last one above all.
        foreach (var before in random.GetItems(known, Repeats - 1).Append(known[^1]))
        {
            var device = devices[$"{before.Device.User}/{before.Device.Device}"];
            var repeated = await device.VisibleAsync(Submission(device, before.Message));
            if (repeated.Settlement != Settlement.Repeated)
                violations.Add(new Violation(Invariant.Lost, $"{before}, is {repeated.Settlement} when it comes again"));
            else if ((repeated.SignalOffset.Value, repeated.UserOffset.Value) != (before.SignalOffset, before.UserOffset))
            {
                violations.Add(new Violation(
                    Invariant.DedupMoved, $"{before}, is at {repeated.SignalOffset} and #{repeated.UserOffset}"));
            }
        }
    }

    /// <summary>What was read is read: reading it again moves nothing.</summary>
    private async Task ReadAgainAsync(Dictionary<string, LedgerDevice> devices, long operation, List<Violation> violations)
    {
        foreach (var conversation in reads.Where(read => read.Operation <= operation).Select(read => read.Of).Distinct())
        {
            var (user, peer) = (conversation.Split('/')[0], conversation.Split('/')[1]);
            var upTo = Highest(reads, conversation, operation);
            var read = await devices[$"{user}/phone"].MarkReadAsync(peer, upTo: upTo);
            if (read.Settlement != Settlement.Recorded || read.SignalOffset != SignalOffset.None)
                violations.Add(new Violation(Invariant.Regress, $"{user} had read {peer} up to {upTo}: {read.Settlement}"));
        }
    }

    /// <summary>
    /// What an account's user was told is so: of the round under way then some may be there too, and no more than that.
    /// </summary>
    private async Task AccountAsync(SqliteLedger ledger, long operation, List<Violation> violations)
    {
        foreach (var user in accounts.Select(mark => mark.Of).Distinct())
        {
            var rounds = Highest(accounts, user, operation);
            var (list, devices) = (new ListBlocked(new Party(user, "judge"), "", 1_000), new ListDevices(new Party(user, "judge"), "", 1_000));
            await ledger.SubmitAsync(list, CancellationToken.None);
            await ledger.SubmitAsync(devices, CancellationToken.None);
            await Task.WhenAll(list.Settled, devices.Settled).InTime("the account is listed");

            // An odd round's block is taken back in the next, which may have been under way.
            foreach (var missing in AccountLoad.LeftBlocked(rounds).Except(list.Users)
                .Where(name => rounds % 2 == 0 || name != AccountLoad.Blocked(rounds)))
                violations.Add(new Violation(Invariant.Lost, $"{user} had blocked {missing} after {rounds} rounds"));
            foreach (var surplus in list.Users.Except(AccountLoad.LeftBlocked(rounds))
                .Where(name => name != AccountLoad.Blocked(rounds + 1) && name != AccountLoad.Blocked(rounds)))
                violations.Add(new Violation(Invariant.Phantom, $"{user} has blocked {surplus} after {rounds} rounds"));

            var labels = devices.Devices.Select(device => device.Label).Where(label => label.Length > 0).ToList();
            if (rounds > 0 && !labels.SequenceEqual([AccountLoad.Label(rounds)]) && !labels.SequenceEqual([AccountLoad.Label(rounds + 1)]))
                violations.Add(new Violation(Invariant.Regress, $"{user}'s labels are {string.Join(", ", labels)} after {rounds} rounds"));
            foreach (var back in Enumerable.Range(1, rounds).Select(AccountLoad.Removed))
            {
                using var device = await LedgerDevice.OpenAsync(ledger, $"{user}/{back}");
                if (device.Opening.Settlement != Settlement.Revoked)
                    violations.Add(new Violation(Invariant.Lost, $"{user}/{back} is let in again: {device.Opening.Settlement}"));
            }
        }
    }

    /// <summary>A new message takes the next places.</summary>
    private static async Task GoOnAsync(
        Dictionary<string, LedgerDevice> devices, Dictionary<string, List<Frame?>> queues, List<Violation> violations)
    {
        var timeline = queues["alice"].Select(frame => frame?.Message).OfType<Message>()
            .Where(message => (message.From.User, message.To.User) is ("alice", "bob") or ("bob", "alice"))
            .Select(message => message.UserOffset).DefaultIfEmpty().Max();
        var next = devices["alice/phone"].Stream.Head.Next();
        var message = await devices["alice/phone"].SendAsync("bob", "after-the-cut");
        if ((message.Settlement, message.SignalOffset, message.UserOffset.Value) != (Settlement.Recorded, next, timeline + 1))
        {
            violations.Add(new Violation(
                Invariant.Gap,
                $"what comes next is {message.Settlement} at {message.SignalOffset} and #{message.UserOffset}, "
                + $"not at {next} and #{timeline + 1}"));
        }
    }

    private static SendMessage Submission(LedgerDevice device, Message message) => new(
        device.Stream, message.Id, message.To.User, new BodyWriter().Write(message), ContentDigest.Of(message));

    private static bool IsSame(Message one, Message other) =>
        one.To.Equals(other.To) && one.Payload.Equals(other.Payload)
        && (one.Timestamp, one.EncryptionType, one.Encrypted, one.Signature)
            == (other.Timestamp, other.EncryptionType, other.Encrypted, other.Signature);

    private static int Highest(IEnumerable<Told.Mark> marks, string of, long operation) => marks
        .Where(mark => mark.Of == of && mark.Operation <= operation).Select(mark => mark.At).DefaultIfEmpty().Max();
}
