using System.Globalization;

namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>Rows of numbers in the order of their keys, one at a time.</summary>
internal sealed class SortedRows
{
    private readonly Statement _query;
    private readonly long[] _row;
    private readonly int _keys;

    /// <param name="query">Gives the keys first, sorted by them.</param>
    /// <param name="columns">How many columns it gives.</param>
    /// <param name="keys">How many of them are keys.</param>
    public SortedRows(Statement query, int columns, int keys)
    {
        (_query, _row, _keys) = (query, new long[columns], keys);
        Move();
    }

    /// <summary>Whether there is a row; after the last one there is none.</summary>
    public bool IsAt { get; private set; }

    public ReadOnlySpan<long> Row => _row;

    public ReadOnlySpan<long> Key => _row.AsSpan(0, _keys);

    /// <summary>The key as text.</summary>
    public string Name => string.Join(',', _row.Take(_keys).Select(part => part.ToString(CultureInfo.InvariantCulture)));

    public void Move()
    {
        IsAt = _query.Step();
        for (var i = 0; IsAt && i < _row.Length; i++)
            _row[i] = _query.IsNull(i) ? RowTable.Null : _query.Int64(i);
    }

    /// <summary>Which of two comes first; what has ended comes last.</summary>
    public int CompareTo(SortedRows other) =>
        !IsAt || !other.IsAt ? other.IsAt.CompareTo(IsAt) : Key.SequenceCompareTo(other.Key);
}
