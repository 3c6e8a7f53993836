using Dapper;
using Messaging.Service.Ledger.Sqlite.Verifying;

namespace Messaging.Service.Ledger.Sqlite.Upkeep;

/// <summary>
/// Reads where a user's devices stand and what they wait for: as the tables have it, and behind that as the rows of the
/// journal have it that are not folded yet.
/// </summary>
internal sealed class UserQueues : IDisposable
{
    private readonly LedgerSnapshot _ledger;
    private readonly Names _names;
    private readonly long _user;
    private readonly SortedDictionary<int, (JournalRecord Record, int Place)> _recent = [];
    private readonly Dictionary<string, (int Cursor, long Stream, string Label, bool IsRemoved)> _devices;
    private readonly int _head;

    private UserQueues(LedgerSnapshot ledger, long user)
    {
        (_ledger, _user, _names) = (ledger, user, new Names(ledger.Connection.Handle!));
        _head = ledger.Connection.ExecuteScalar<int>("SELECT head FROM user WHERE key = @user", new { user });
        _devices = ledger.Connection.Query<(string Name, int Cursor, long Stream, string Label, long Revoked)>(
            "SELECT name, cursor, stream, label, revoked FROM device WHERE user = @user ORDER BY name", new { user })
            .ToDictionary(device => device.Name, device => (device.Cursor, device.Stream, device.Label, device.Revoked > 0));
        foreach (var record in Read($"SELECT {JournalRow.Columns} FROM journal WHERE seq > ?1 ORDER BY seq", ledger.Folded))
            Apply(record, ref _head);
    }

    /// <summary>The user's devices, by name.</summary>
    public IReadOnlyList<DeviceStanding> Devices => [.. _devices.Keys.Select(StandingOf)];

    /// <exception cref="LedgerUnusableException">There is no such user, or the ledger can't be read.</exception>
    public static UserQueues Open(string path, string user)
    {
        var ledger = LedgerSnapshot.Open(path);
        try
        {
            var key = ledger.Connection.ExecuteScalar<long?>("SELECT key FROM user WHERE name = @user", new { user })
                ?? throw new LedgerUnusableException($"There is no user {user} in the ledger {path}.");
            return new UserQueues(ledger, key);
        }
        catch
        {
            ledger.Dispose();
            throw;
        }
    }

    /// <param name="device">One of the user's.</param>
    /// <param name="most">How many entries are told one by one.</param>
    /// <exception cref="LedgerUnusableException">There is no such device.</exception>
    public DeviceQueue QueueOf(string device, int most)
    {
        if (!_devices.ContainsKey(device))
        {
            throw new LedgerUnusableException(
                $"There is no such device; the user's are {string.Join(", ", _devices.Keys.DefaultIfEmpty("none"))}.");
        }

        var standing = StandingOf(device);
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var first = new List<WaitingEntry>();
        foreach (var (offset, record, place) in Behind(standing.Cursor))
        {
            var kind = KindOf(record);
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
            if (first.Count < most)
                first.Add(Describe(offset, record, place));
        }

        return new DeviceQueue(standing, kinds, first);
    }

    public void Dispose()
    {
        _names.Dispose();
        _ledger.Dispose();
    }

    private static string KindOf(JournalRecord record) => record switch
    {
        MessageRecord => "message",
        ReceiptRecord receipt => receipt.Kind.ToString().ToLowerInvariant(),
        ReportRecord => "report",
        _ => record.GetType().Name,
    };

    private static WaitingEntry Describe(int offset, JournalRecord record, int place)
    {
        var (header, message) = (record.Header, record as MessageRecord);
        return new WaitingEntry(
            offset, record.Sequence, KindOf(record), $"{header.Author.User}/{header.Author.Device}", message?.Id ?? header.Entries[place].About,
            DateTimeOffset.FromUnixTimeMilliseconds(header.RecordedAt), message?.Body.Length ?? 0);
    }

    private DeviceStanding StandingOf(string device)
    {
        var (cursor, stream, label, isRemoved) = _devices[device];
        var oldest = Behind(cursor).Select(waiting => (long?)waiting.Record.Header.RecordedAt).FirstOrDefault();
        var opened = _ledger.Connection.ExecuteScalar<long?>("SELECT recorded_at FROM journal WHERE seq = @stream", new { stream });

        // Nothing waits for one that opens no stream any more; its number is that of the row that removed it.
        return isRemoved
            ? new DeviceStanding(device, label, cursor, _head, 0, null, stream, null, IsRemoved: true)
            : new DeviceStanding(
                device, label, cursor, _head, Math.Max(0, _head - cursor), At(oldest), stream, At(opened), IsRemoved: false);
    }

    private static DateTimeOffset? At(long? milliseconds) =>
        milliseconds is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;

    private void Apply(JournalRecord record, ref int head)
    {
        var header = record.Header;
        for (var place = 0; place < header.Entries.Length; place++)
        {
            var entry = header.Entries[place];
            if (entry.User.Value != _user || entry.Offset == SignalOffset.None)
                continue;
            head = entry.Offset.Value;
            _recent[head] = (record, place);
        }

        if (header.User.Value != _user)
            return;
        if (record is DeviceRecord change && _devices.TryGetValue(change.TargetName, out var changed))
        {
            _devices[change.TargetName] = record is LabelRecord { Label: var label }
                ? changed with { Label = label }
                : changed with { IsRemoved = true, Stream = record.Sequence };
            return;
        }

        if (!_devices.TryGetValue(header.Author.Device, out var device))
            return;
        if (header.Cursor > SignalOffset.None)
            device.Cursor = header.Cursor.Value;
        if (record is StreamRecord)
            device.Stream = header.Stream.Value;
        _devices[header.Author.Device] = device;
    }

    /// <summary>The entries past a cursor, in order.</summary>
    private IEnumerable<(int Offset, JournalRecord Record, int Place)> Behind(int cursor)
    {
        var columns = string.Join(", ", JournalRow.Columns.Split(", ").Select(column => "journal." + column));
        foreach (var record in Read(
            $"SELECT {columns} FROM entry JOIN journal ON journal.seq = entry.seq "
            + "WHERE entry.user = ?1 AND entry.signal_offset > ?2 AND entry.seq <= ?3 ORDER BY entry.signal_offset",
            _user, cursor, _ledger.Folded))
        {
            for (var place = 0; place < record.Header.Entries.Length; place++)
            {
                var entry = record.Header.Entries[place];
                if (entry.User.Value == _user && entry.Offset.Value > cursor)
                    yield return (entry.Offset.Value, record, place);
            }
        }

        foreach (var (offset, (record, place)) in _recent.Where(entry => entry.Key > cursor))
            yield return (offset, record, place);
    }

    private IEnumerable<JournalRecord> Read(string sql, params long[] parameters)
    {
        using var rows = _ledger.Query(sql);
        for (var i = 0; i < parameters.Length; i++)
            rows.Bind(i + 1, parameters[i]);
        while (rows.Step())
            yield return JournalRow.Read(rows, 0, _names);
    }
}
