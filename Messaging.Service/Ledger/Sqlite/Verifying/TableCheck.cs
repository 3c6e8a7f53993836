using System.Globalization;

namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>
/// Holds the tables against what the journal says of them, which <see cref="Expect"/> gathers. What is folded must stand
/// there; what is not may stand there already, for a fold is written in slices.
/// </summary>
internal sealed class TableCheck
{
    private readonly LedgerSnapshot _ledger;
    private readonly Scratch _scratch;
    private readonly Findings _findings;
    private readonly List<(Action<JournalRecord, Expect> Expected, Expect Add)> _gathering = [];
    private readonly Dictionary<string, long> _compared = [];
    private long _sequence;

    public TableCheck(LedgerSnapshot ledger, Scratch scratch, Findings findings)
    {
        (_ledger, _scratch, _findings) = (ledger, scratch, findings);
        foreach (var table in LedgerTables.Rows)
            Gather(NameOf(table), table.Columns, table.Expected);
        foreach (var column in LedgerTables.Values)
            Gather(NameOf(column), [.. column.Keys, "value"], column.Expected);
    }

    /// <summary>By table, how many rows were compared.</summary>
    public IReadOnlyDictionary<string, long> Compared => _compared;

    /// <summary>Takes in what a record says.</summary>
    public void Expect(JournalRecord record)
    {
        _sequence = record.Sequence;
        foreach (var (expected, add) in _gathering)
            expected(record, add);
    }

    /// <summary>Compares all tables.</summary>
    /// <param name="progress">Is told of each as it begins.</param>
    public void Run(Action<string> progress)
    {
        foreach (var table in LedgerTables.Rows)
        {
            progress(table.Name);
            CompareRows(table);
        }

        foreach (var head in LedgerTables.Heads)
        {
            progress($"{head.Table}.{head.Column}");
            var of = LedgerTables.Rows.Single(table => table.Name == head.Of);
            CompareValues(
                head.Table, ["key"], head.Column, Motion.Rises,
                $"SELECT {of.Columns[0]}, {of.Columns[1]}, expected_seq FROM {NameOf(of)} ORDER BY 1, 2", ceiling: null);
        }

        foreach (var column in LedgerTables.Values)
        {
            progress($"{column.Table}.{column.Column}");
            var keys = string.Join(", ", column.Keys);
            CompareValues(
                column.Table, column.Keys, column.Column, column.Motion,
                $"SELECT {keys}, value, expected_seq FROM {NameOf(column)} ORDER BY {keys}, expected_seq", column.Ceiling);
        }
    }

    private static string NameOf(RowTable table) => "rows_" + table.Name;

    private static string NameOf(ValueColumn column) => $"value_{column.Table}_{column.Column}";

    private static string EndsOf(string table) => "ends_" + table;

    private void Gather(string name, string[] columns, Action<JournalRecord, Expect> expected)
    {
        var add = _scratch.Table(name, [.. columns, "expected_seq"]);
        _gathering.Add((expected, row => add([.. row, _sequence])));
    }

    private void CompareRows(RowTable table)
    {
        var columns = string.Join(", ", table.Columns);
        var keys = string.Join(", ", table.Columns.Take(table.Keys));
        using var actual = _ledger.Query($"SELECT {columns} FROM {table.Name} ORDER BY {keys}");
        var stands = new SortedRows(actual, table.Columns.Length, table.Keys);
        var expected = new SortedRows(
            _scratch.Query($"SELECT {columns}, expected_seq FROM {NameOf(table)} ORDER BY {keys}, expected_seq"),
            table.Columns.Length + 1, table.Keys);
        var compared = 0L;
        var dense = table.IsDense ? new Density(_scratch.Ends(EndsOf(table.Name))) : null;
        while (expected.IsAt || stands.IsAt)
        {
            var order = expected.CompareTo(stands);
            if (order > 0)
            {
                _findings.Add(table.Name, stands.Name, "no row of the journal says this");
            }
            else
            {
                var sequence = expected.Row[^1];
                if (order < 0 && sequence <= _ledger.Folded)
                    _findings.Add(table.Name, expected.Name, $"is missing; row {sequence} of the journal says it");
                else if (order == 0 && !stands.Row.SequenceEqual(expected.Row[..^1]))
                    _findings.Add(table.Name, expected.Name, $"is not what row {sequence} of the journal says");
                if (dense?.Break(expected.Row) is { } gap)
                    _findings.Add("journal", sequence.ToString(CultureInfo.InvariantCulture), $"takes place {expected.Name} of {table.Name}{gap}");
            }

            if (order <= 0)
                expected.Move();
            if (order < 0)
                continue;
            stands.Move();
            compared++;
        }

        dense?.End();
        _compared[table.Name] = compared;
    }

    private void CompareValues(
        string table, string[] keys, string column, Motion motion, string expectedSql, (string Table, string Of)? ceiling)
    {
        var order = string.Join(", ", keys);
        using var actual = _ledger.Query($"SELECT {order}, {column} FROM {table} ORDER BY {order}");
        using var owner = ceiling is { } given ? _ledger.Query(given.Of) : null;
        var end = ceiling is { } limit ? _scratch.Query($"SELECT last FROM {EndsOf(limit.Table)} WHERE key = ?") : null;
        var stands = new SortedRows(actual, keys.Length + 1, keys.Length);
        var expected = new SortedRows(_scratch.Query(expectedSql), keys.Length + 2, keys.Length);
        var values = new ValueTrack(motion, _ledger.Folded);
        var compared = 0L;
        while (stands.IsAt || expected.IsAt)
        {
            var first = expected.CompareTo(stands);
            if (first < 0)
            {
                _findings.Add(table, expected.Name, $"is missing; row {expected.Row[^1]} of the journal says its {column}");
                expected.Move();
                continue;
            }

            values.Begin();
            for (; first == 0 && expected.CompareTo(stands) == 0; expected.Move())
            {
                if (!values.Take(expected.Row[^2], expected.Row[^1]))
                {
                    _findings.Add(
                        "journal", expected.Row[^1].ToString(CultureInfo.InvariantCulture),
                        $"moves {column} of {table} {stands.Name} to {expected.Row[^2]}, where it was already");
                }
            }

            if (!values.Allows(stands.Row[^1]))
                _findings.Add(table, stands.Name, $"{column} is {stands.Row[^1]}, and {values.Folded} by the journal");
            if (owner is not null && values.Last > EndOf(stands.Row[0], owner, end!))
                _findings.Add(table, stands.Name, $"{column} is {values.Last}, past the head");
            compared++;
            stands.Move();
        }

        _compared[table] = compared;
    }

    private static long EndOf(long key, Statement owner, Statement end)
    {
        if (owner.Bind(1, key).Step())
        {
            end.Bind(1, owner.Int64(0));
            owner.Reset();
        }
        else
        {
            end.BindNull(1);
        }

        var last = end.Step() ? end.Int64(0) : 0;
        end.Reset();
        return last;
    }

    /// <summary>Whether within each key the numbers count 1, 2, 3, …; where each ends is kept.</summary>
    private sealed class Density(Expect ends)
    {
        private long? _key;
        private long _last;

        /// <returns>What is wrong with the next row; null where it follows.</returns>
        public string? Break(ReadOnlySpan<long> row)
        {
            if (row[0] != _key)
            {
                End();
                (_key, _last) = (row[0], 0);
            }

            var before = _last;
            _last = row[1];
            return row[1] == before + 1 ? null : $", behind {before}";
        }

        public void End()
        {
            if (_key is { } key)
                ends(key, _last);
        }
    }

    /// <summary>The values that a column may have: the one that is folded, and those of the rows behind.</summary>
    private sealed class ValueTrack(Motion motion, long folded)
    {
        private readonly HashSet<long> _ahead = [];

        public long Folded { get; private set; }

        public long Last { get; private set; }

        public void Begin()
        {
            (Folded, Last) = (0, 0);
            _ahead.Clear();
        }

        /// <returns>Whether it moves as it should.</returns>
        public bool Take(long value, long sequence)
        {
            var isHigher = value > Last;
            Last = motion == Motion.First && Last > 0 ? Last : Math.Max(Last, value);
            if (sequence <= folded)
                Folded = Last;
            else
                _ahead.UnionWith([Last, value]); // of the highest, a fold's slice may have written less
            return isHigher || motion != Motion.Rises;
        }

        public bool Allows(long value) => value == Folded || (value > Folded && _ahead.Contains(value));
    }
}
