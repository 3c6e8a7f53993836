namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>
/// The last stretch of a sequence, held in memory: items at consecutive offsets. The writer appends behind and removes
/// in front; any thread may read. A ring that grows and shrinks with what it holds.
/// </summary>
internal sealed class Recent<T>
{
    private readonly Lock _lock = new();
    private T[] _ring = [];
    private int _start;
    private int _first;
    private int _count;

    /// <summary>Adds the item behind the last.</summary>
    public void Append(int offset, T item)
    {
        lock (_lock)
        {
            if (_count == 0)
                _first = offset;
            else if (offset != _first + _count)
                throw new InvalidOperationException($"Offset {offset} does not follow {_first + _count - 1}.");

            if (_count == _ring.Length)
                Resize(Math.Max(4, _count * 2));
            _ring[(_start + _count) & (_ring.Length - 1)] = item;
            _count++;
        }
    }

    /// <summary>Takes away the items up to an offset: they are folded.</summary>
    public void RemoveThrough(int offset)
    {
        lock (_lock)
        {
            while (_count > 0 && _first <= offset)
            {
                _ring[_start] = default!;
                _start = (_start + 1) & (_ring.Length - 1);
                _first++;
                _count--;
            }

            if (_count == 0)
                (_ring, _start) = ([], 0);
            else if (_ring.Length > 64 && _count < _ring.Length / 4)
                Resize(_ring.Length / 2);
        }
    }

    /// <summary>Takes away the items past an offset: the batch that brought them failed.</summary>
    public void RemoveAfter(int offset)
    {
        lock (_lock)
        {
            while (_count > 0 && _first + _count - 1 > offset)
            {
                _count--;
                _ring[(_start + _count) & (_ring.Length - 1)] = default!;
            }
        }
    }

    /// <summary>The last item at or before an offset of which something is true; the default where none is held.</summary>
    public T? FindLast<TArgument>(int upTo, TArgument argument, Func<T, TArgument, bool> isTrue)
    {
        lock (_lock)
        {
            for (var place = (int)Math.Min((long)upTo - _first, _count - 1); place >= 0; place--)
            {
                var item = _ring[(_start + place) & (_ring.Length - 1)];
                if (isTrue(item, argument))
                    return item;
            }

            return default;
        }
    }

    /// <summary>
    /// Hands the items from an offset on to <paramref name="take"/>, in order, up to another or until it says no.
    /// Comes back with the first offset held, or <see cref="int.MaxValue"/> where nothing is: what lies before it is
    /// in the tables, all of it.
    /// </summary>
    public int Visit<TArgument>(int from, int through, TArgument argument, Func<int, T, TArgument, bool> take)
    {
        lock (_lock)
        {
            if (_count == 0)
                return int.MaxValue;

            var last = Math.Min(through, _first + (_count - 1));
            for (long offset = Math.Max(from, _first); offset <= last; offset++)
            {
                if (!take((int)offset, _ring[(_start + (int)offset - _first) & (_ring.Length - 1)], argument))
                    break;
            }

            return _first;
        }
    }

    /// <summary>
    /// As <see cref="Visit"/>, but from an offset back to another: the last item first.
    /// </summary>
    public int VisitBack<TArgument>(int from, int downTo, TArgument argument, Func<T, TArgument, bool> take)
    {
        lock (_lock)
        {
            if (_count == 0)
                return int.MaxValue;

            for (long offset = Math.Min(from, (long)_first + _count - 1); offset >= Math.Max(downTo, _first); offset--)
            {
                if (!take(_ring[(_start + (int)offset - _first) & (_ring.Length - 1)], argument))
                    break;
            }

            return _first;
        }
    }

    private void Resize(int length)
    {
        // Lengths are powers of two, so that a mask finds the place.
        var ring = new T[length];
        for (var i = 0; i < _count; i++)
            ring[i] = _ring[(_start + i) & (_ring.Length - 1)];
        (_ring, _start) = (ring, 0);
    }
}
