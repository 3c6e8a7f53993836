namespace Messaging.Benchmarks.Sockets;

/// <summary>A queue of bytes: appended at the end, consumed at the front. One owner.</summary>
internal sealed class ByteBuffer(int capacity)
{
    private byte[] _bytes = new byte[capacity];
    private int _start;
    private int _end;

    public int Length => _end - _start;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(_start, Length);

    /// <summary>Room for at least one byte at the end, to be taken with <see cref="Commit"/>.</summary>
    public Memory<byte> FreeMemory(int atLeast)
    {
        MakeRoom(atLeast);
        return _bytes.AsMemory(_end);
    }

    public void Commit(int count) => _end += count;

    /// <summary>Appends <paramref name="count"/> bytes for the caller to fill before the next call.</summary>
    public Span<byte> Reserve(int count)
    {
        MakeRoom(count);
        var reserved = _bytes.AsSpan(_end, count);
        _end += count;
        return reserved;
    }

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
            Clear();
    }

    public void Clear() => _start = _end = 0;

    private void MakeRoom(int count)
    {
        if (_bytes.Length - _end >= count)
            return;

        var length = Length;
        var target = _bytes.Length >= length + count
            ? _bytes
            : new byte[Math.Max(_bytes.Length * 2, length + count)];
        Buffer.BlockCopy(_bytes, _start, target, 0, length);
        (_bytes, _start, _end) = (target, 0, length);
    }
}
