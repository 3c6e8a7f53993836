namespace Messaging.Tests.Reliability.Disk;

/// <summary>
/// One file on a disk that may lose its power: what is surely there, and the changes since. A system keeps files by
/// pages: after a sync that failed it counts the pages as clean, though they never came to the disk, until something is
/// written to them again. That is what happens here to the changes that such a sync should have brought.
/// </summary>
internal sealed class CutFile
{
    private const int Page = 4096;
    private const int Sector = 512;

    private readonly List<Change> pending = [];
    private readonly HashSet<long> forgotten = [];
    private Content durable = new();
    private Content cached = new();

    /// <summary>Whether there is anything that a cut could take.</summary>
    public bool HasPending => pending.Count > 0;

    public void Write(long number, long offset, ReadOnlyMemory<byte> bytes)
    {
        var change = new Change(number, offset, bytes);
        pending.AddRange(PagesOf(change).Where(forgotten.Remove).Select(page => WholePage(number, page)));
        pending.Add(change);
        cached.Write(offset, bytes.Span);
    }

    public void Truncate(long number, long size)
    {
        pending.Add(new Change(number, size, Bytes: null));
        cached.Resize(size);
    }

    /// <summary>A sync has ended that covers what was done before the record that began it.</summary>
    public void Sync(long begun)
    {
        foreach (var change in Covered(begun))
            Apply(change, durable);
    }

    /// <summary>A sync has failed.</summary>
    public void FailSync(long begun)
    {
        var lost = Covered(begun).SelectMany(PagesOf).ToHashSet();
        var dirty = pending.SelectMany(PagesOf).ToHashSet();
        foreach (var page in lost)
        {
            if (dirty.Contains(page))
                pending.Insert(0, WholePage(begun, page));
            else
                forgotten.Add(page);
        }
    }

    /// <summary>The file as a power cut leaves it now.</summary>
    public byte[] Cut(PowerCut model, Random random)
    {
        var content = durable.Copy();
        if (model == PowerCut.Bare || pending.Count == 0)
            return content.ToArray();

        // Now almost nothing, now almost everything.
        var share = random.Next(3) switch { 0 => 0.1, 1 => 0.5, _ => 0.9 };
        var isLastTorn = model == PowerCut.Torn && random.Next(4) == 0;
        for (var i = 0; i < pending.Count; i++)
        {
            var change = pending[i];
            var isWhole = isLastTorn && i < pending.Count - 1;
            if (isWhole || (model == PowerCut.Scattered || change.Bytes is null) && random.NextDouble() < share)
                Apply(change, content);
            else if (model == PowerCut.Torn && change.Bytes is { } bytes)
                Tear(change.Offset, bytes.Span, content, share, random);
        }

        return content.ToArray();
    }

    private static IEnumerable<long> PagesOf(Change change)
    {
        if (change.Bytes is not { } bytes)
            yield break;
        for (var page = change.Offset / Page; page <= (change.Offset + bytes.Length - 1) / Page; page++)
            yield return page;
    }

    private static void Tear(long offset, ReadOnlySpan<byte> bytes, Content content, double share, Random random)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - at, Sector - (int)((offset + at) % Sector));
            if (random.NextDouble() < share)
                content.Write(offset + at, bytes.Slice(at, length));
            at += length;
        }
    }

    private static void Apply(Change change, Content content)
    {
        if (change.Bytes is { } bytes)
            content.Write(change.Offset, bytes.Span);
        else
            content.Resize(change.Offset);
    }

    private Change WholePage(long number, long page) => new(number, page * Page, cached.Slice(page * Page, Page));

    private List<Change> Covered(long begun)
    {
        var covered = pending.TakeWhile(change => change.Number < begun).ToList();
        pending.RemoveRange(0, covered.Count);
        return covered;
    }

    /// <summary>A write; a truncation to <paramref name="Offset"/> where there are no bytes.</summary>
    private sealed record Change(long Number, long Offset, ReadOnlyMemory<byte>? Bytes);

    private sealed class Content
    {
        private byte[] bytes = [];
        private int length;

        public void Write(long offset, ReadOnlySpan<byte> written)
        {
            var end = checked((int)offset + written.Length);
            if (end > bytes.Length)
                Array.Resize(ref bytes, Math.Max(end, bytes.Length * 2));
            written.CopyTo(bytes.AsSpan((int)offset));
            length = Math.Max(length, end);
        }

        public void Resize(long size)
        {
            if (size > bytes.Length)
                Array.Resize(ref bytes, (int)size);
            else if (size < length)
                Array.Clear(bytes, (int)size, length - (int)size);
            length = (int)size;
        }

        public byte[] Slice(long offset, int count) =>
            bytes.AsSpan((int)offset, Math.Clamp(length - (int)offset, 0, count)).ToArray();

        public Content Copy() => new() { bytes = ToArray(), length = length };

        public byte[] ToArray() => bytes.AsSpan(0, length).ToArray();
    }
}
