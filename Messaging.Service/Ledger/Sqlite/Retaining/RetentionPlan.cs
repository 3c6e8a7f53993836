using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite.Retaining;

/// <summary>
/// Finds out, beside the writer, what retention does next. Each look is one short read transaction; what it gives must be
/// done, or refused, before the next. One caller at a time.
/// </summary>
internal sealed class RetentionPlan : IDisposable
{
    /// <summary>Rows that are looked at in one go: what bounds a read transaction.</summary>
    private const int MaxLooked = 1_000;

    /// <summary>Rows that are counted in one go; of them nothing is read but the length of their bodies.</summary>
    private const int MaxCounted = 5_000;

    /// <summary>What one step empties at most, and at least, however long the writer takes.</summary>
    private const int MostRows = 1_024;
    private const int FewestRows = 16;
    private const long MaxBytes = 1 << 20;

    /// <summary>A walk rests for so many times as long as it took: on a large ledger it is not to read all the time.</summary>
    private const int RestPerWalk = 20;

    /// <summary>One page in so many may be free, for what comes next; to give back more than that is worth its while.</summary>
    private const int FreeShare = 20;

    private readonly RetentionOptions _options;
    private readonly TimeSpan _slice;
    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly Action<string> _onDamage;
    private readonly bool _canReturnPages;
    private readonly Statement _begin;
    private readonly Statement _end;
    private readonly Statement _standing;
    private readonly Statement _folded;
    private readonly Statement _counts;
    private readonly Statement _rows;
    private readonly Statement _devices;
    private readonly Statement _free;
    private readonly Statement _pages;
    private readonly Statement _recorded;
    private readonly Statement _isEmptied;
    private readonly Names _names;

    private int _mostRows = FewestRows;

    // How far the walk over what every device may have acknowledged has come, the first row it left, and when it began.
    private long _walked;
    private long _held = long.MaxValue;
    private long? _beganAt;
    private long? _restsUntil;

    /// <param name="options">What is to go.</param>
    /// <param name="slice">How long the writer may take for a step.</param>
    /// <param name="connection">To read over; is disposed with this.</param>
    /// <param name="time">The server's clock.</param>
    /// <param name="onDamage">Is told of rows that are not what was written; they are left as they are.</param>
    public RetentionPlan(
        RetentionOptions options, TimeSpan slice, SqliteConnection connection, TimeProvider time, Action<string> onDamage)
    {
        (_options, _slice, _connection, _time, _onDamage) = (options, slice, connection, time, onDamage);
        _canReturnPages = connection.ExecuteScalar<int>("PRAGMA auto_vacuum") == 2;
        _begin = Prepare("BEGIN");
        _end = Prepare("ROLLBACK");
        _standing = RetentionStanding.Prepare(connection.Handle!);
        _folded = Prepare("SELECT projected_seq FROM ledger");
        _counts = Prepare(
            "SELECT max(seq), sum(bytes) FROM (SELECT seq, iif(kind IN (1, 7), length(body), 0) AS bytes FROM journal "
            + "WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?)");
        _rows = Prepare(
            $"SELECT iif(kind IN (1, 7), coalesce(length(body), 0), 0), {JournalRow.ColumnsWithoutBody} FROM journal "
            + "WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?");
        _devices = Prepare(
            "SELECT count(*), min(cursor) FILTER (WHERE seen >= ?2) FROM device WHERE user = ?1 AND revoked = 0");
        _free = Prepare("PRAGMA freelist_count");
        _pages = Prepare("PRAGMA page_count");
        _recorded = Prepare("SELECT recorded_at FROM journal WHERE seq = ?");
        _isEmptied = Prepare(
            "SELECT body IS NULL FROM message JOIN journal ON journal.seq = message.seq "
            + "WHERE message.conversation = ? AND message.user_offset = ?");
        _names = new Names(connection.Handle!);
    }

    /// <summary>Looks what is to be done next.</summary>
    /// <param name="isAtRest">Whether there was nothing more to look at.</param>
    /// <returns>The step; null for none.</returns>
    /// <exception cref="LedgerFailureException">The file can't be read.</exception>
    /// <exception cref="LedgerUnusableException">Where retention stands is not what was written.</exception>
    public RetentionStep? Next(out bool isAtRest)
    {
        try
        {
            _begin.Run();
            var standing = RetentionStanding.Read(_standing);
            var folded = Ask(_folded)!.Value;
            var step = new RetentionStep(standing);
            Count(step, folded);
            var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            Pass(step, now);
            var oldest = Ask(_recorded.Bind(1, folded + 1));
            var isWalking = step.Rows.Count == 0 && Walk(step, now, asOf: Math.Min(oldest ?? now, now));
            step.ReturnsPages = step.Rows.Count == 0 && _canReturnPages && HasPagesToReturn();
            step.FoldsTail = oldest < Before(now, Shortest(_options.Age, _options.UndeliveredAge));
            var isEmpty = step.Standing == standing && !step.ReturnsPages && !step.FoldsTail;
            isAtRest = isEmpty && !isWalking;
            return isEmpty ? null : step;
        }
        finally
        {
            _counts.Reset();
            _rows.Reset();
            if (raw.sqlite3_get_autocommit(_connection.Handle!) == 0) // some failures end it by themselves
                _end.Run();
        }
    }

    /// <summary>The step is done: the next one is as large as the writer has time for.</summary>
    public void Done(RetentionStep step)
    {
        if (step.Took > _slice)
            _mostRows = Math.Max(FewestRows, _mostRows / 2);
        else if (step.Rows.Count == _mostRows && step.Took < _slice / 2)
            _mostRows = Math.Min(MostRows, _mostRows * 2);
    }

    /// <summary>The step was not done: the walk begins anew.</summary>
    public void Refused() => (_walked, _held, _beganAt, _restsUntil) = (0, long.MaxValue, null, null);

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)[
            _begin, _end, _standing, _folded, _counts, _rows, _devices, _free, _pages, _recorded, _isEmptied])
            statement.Dispose();
        _names.Dispose();
        _connection.Dispose();
    }

    /// <summary>Counts the bodies of rows that have been folded since.</summary>
    private void Count(RetentionStep step, long folded)
    {
        var standing = step.Standing;
        if (standing.Counted >= folded)
            return;
        _counts.Bind(1, standing.Counted).Bind(2, folded).Bind(3, MaxCounted);
        if (_counts.Step() && !_counts.IsNull(0))
            step.Standing = standing with { Counted = _counts.Int64(0), BodyBytes = standing.BodyBytes + _counts.Int64(1) };
        _counts.Reset();
    }

    /// <summary>From the oldest on, whoever has it or not: what is too old or too much, and what is gone already.</summary>
    private void Pass(RetentionStep step, long now)
    {
        var before = Before(now, _options.UndeliveredAge);
        _rows.Bind(1, step.Standing.Passed).Bind(2, step.Standing.Counted).Bind(3, MaxLooked);
        while (_rows.Step())
        {
            var (sequence, bytes) = (_rows.Int64(1), _rows.Int64(0));
            var record = Read();
            if (record is not null && bytes > 0)
            {
                var isTooMuch = _options.Bytes > 0 && step.Standing.BodyBytes > _options.Bytes;
                if ((!isTooMuch && record.RecordedAt >= before) || IsFull(step))
                    break;
                Take(step, sequence, bytes);
            }

            step.Standing = step.Standing with { Passed = sequence };
            if (record is not null)
                Mark(step, record);
        }

        _rows.Reset();
    }

    /// <summary>What is old enough, and with every device that is expected to fetch it.</summary>
    /// <param name="step">Gets its rows.</param>
    /// <param name="now">Epoch milliseconds.</param>
    /// <param name="asOf">Up to when it is known when devices were seen.</param>
    /// <returns>Whether there may be more.</returns>
    private bool Walk(RetentionStep step, long now, long asOf)
    {
        if (_options.Age == TimeSpan.Zero || IsResting())
            return false;
        _beganAt ??= _time.GetTimestamp();
        var (before, seen) = (Before(now, _options.Age), Before(asOf, _options.DeviceAge));
        var cursors = new Dictionary<long, long>();
        var last = new Dictionary<long, int>();
        var looked = 0;
        var isMore = false;
        _walked = Math.Max(_walked, step.Standing.Passed);
        _rows.Bind(1, _walked).Bind(2, step.Standing.Counted).Bind(3, MaxLooked);
        while (_rows.Step())
        {
            var (sequence, bytes) = (_rows.Int64(1), _rows.Int64(0));
            var record = bytes > 0 ? Read() : null;
            if (record?.RecordedAt >= before)
                break;
            isMore = ++looked == MaxLooked || IsFull(step);
            if (IsFull(step))
                break;
            _walked = sequence;
            if (record is null)
                continue;
            if (IsEverywhere(record, cursors, seen) && IsNextOfConversation(record, last))
                Take(step, sequence, bytes);
            else
                _held = Math.Min(_held, sequence);
        }

        _rows.Reset();
        if (!isMore)
            Rest();
        return isMore;
    }

    private void Rest()
    {
        var took = _time.GetElapsedTime(_beganAt!.Value) * RestPerWalk;
        var rest = took > _options.BetweenWalks ? took : _options.BetweenWalks;
        _restsUntil = _time.GetTimestamp() + (long)(rest.TotalSeconds * _time.TimestampFrequency);
    }

    /// <summary>After its end the walk rests; then it begins at the first row that it left.</summary>
    private bool IsResting()
    {
        if (_restsUntil is not { } until)
            return false;
        if (_time.GetTimestamp() < until)
            return true;
        (_walked, _held, _beganAt, _restsUntil) = (Math.Min(_walked, _held - 1), long.MaxValue, null, null);
        return false;
    }

    /// <summary>Whether every device of every user who has an entry of it, and is expected to, has acknowledged it.</summary>
    private bool IsEverywhere(JournalRecord record, Dictionary<long, long> cursors, long seen)
    {
        foreach (var entry in record.Header.Entries)
        {
            if (!cursors.TryGetValue(entry.User.Value, out var cursor))
                cursors.Add(entry.User.Value, cursor = LowestCursor(entry.User.Value, seen));
            if (entry.Offset.Value > cursor)
                return false;
        }

        return true;
    }

    /// <summary>
    /// Whether the message before it in its conversation is gone: what is left of a timeline begins somewhere, and has no
    /// holes, though cursors move while the walk goes on.
    /// </summary>
    /// <param name="record">The next to go.</param>
    /// <param name="last">By conversation, the last message that goes in this step.</param>
    private bool IsNextOfConversation(JournalRecord record, Dictionary<long, int> last)
    {
        if (record is not MessageRecord message)
            return true;
        var (conversation, before) = (message.Conversation.Value, message.UserOffset.Value - 1);
        var isNext = before == 0 || (last.TryGetValue(conversation, out var gone)
            ? gone == before
            : Ask(_isEmptied.Bind(1, conversation).Bind(2, before)) == 1);
        if (isNext)
            last[conversation] = message.UserOffset.Value;
        return isNext;
    }

    /// <summary>A user without a device has nothing yet; of devices that have all expired none waits.</summary>
    private long LowestCursor(long user, long seen)
    {
        _devices.Bind(1, user).Bind(2, seen).Step();
        var cursor = _devices.Int64(0) == 0 ? 0 : _devices.IsNull(1) ? long.MaxValue : _devices.Int64(1);
        _devices.Reset();
        return cursor;
    }

    /// <summary>The row at hand; null where it is damaged.</summary>
    private JournalRecord? Read()
    {
        try
        {
            return JournalRow.Read(_rows, 1, _names);
        }
        catch (LedgerUnusableException damaged)
        {
            _onDamage(damaged.Message);
            return null;
        }
    }

    private static void Take(RetentionStep step, long sequence, long bytes)
    {
        var standing = step.Standing;
        step.Rows.Add(sequence);
        step.Bytes += bytes;
        step.Standing = standing with
        {
            BodyBytes = standing.BodyBytes - bytes,
            Removed = standing.Removed + 1,
            RemovedBytes = standing.RemovedBytes + bytes,
        };
    }

    /// <summary>What a row has left in its users' sequences, now that it is passed: nothing, or a receipt, which stays.</summary>
    private static void Mark(RetentionStep step, JournalRecord record)
    {
        var isHeld = record is not (MessageRecord or ReportRecord);
        foreach (var entry in record.Header.Entries)
        {
            if (entry.Offset > SignalOffset.None)
            {
                step.Stretches[entry.User.Value] =
                    step.Stretches.GetValueOrDefault(entry.User.Value).Then(entry.Offset.Value, isHeld);
            }
        }
    }

    private bool IsFull(RetentionStep step) =>
        step.Rows.Count >= _mostRows || step.Bytes >= MaxBytes;

    private bool HasPagesToReturn() =>
        Ask(_free) is { } free && free >= RetentionWriter.PagesPerStep + (Ask(_pages)!.Value / FreeShare);

    private static TimeSpan Shortest(TimeSpan one, TimeSpan other) =>
        one == TimeSpan.Zero || (other > TimeSpan.Zero && other < one) ? other : one;

    /// <summary>What was before that is older than an age, where there is one.</summary>
    private static long Before(long now, TimeSpan age) => age > TimeSpan.Zero ? now - (long)age.TotalMilliseconds : long.MinValue;

    private Statement Prepare(string sql) => new(_connection.Handle!, sql);

    private static long? Ask(Statement query)
    {
        try
        {
            return query.Step() ? query.Int64(0) : null;
        }
        finally
        {
            query.Reset();
        }
    }
}
