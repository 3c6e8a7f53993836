namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// One direction of a stream. What is written is under way until the history lets it arrive, in order, or is lost. A
/// writer that has as much under way as there is room for waits.
/// </summary>
/// <param name="room">In parcels.</param>
internal sealed class Pipe(int room)
{
    private readonly Queue<Parcel> unflushed = new();
    private readonly Queue<Parcel> underWay = new();
    private readonly Queue<Parcel> arrived = new();
    private TaskCompletionSource? waitingWriter;
    private TaskCompletionSource? waitingReader;
    private Func<Exception>? broken;
    private int lost;

    /// <summary>It stalls: nothing of it arrives until the history lets go.</summary>
    public bool IsHeld { get; set; }

    /// <summary>What is written is lost, and the writer is not told.</summary>
    public bool IsCut { get; private set; }

    public int UnderWay => underWay.Count;

    public bool CanMove => UnderWay > 0 && !IsHeld;

    private bool IsFull => lost + unflushed.Count + underWay.Count + arrived.Count >= room;

    /// <summary>Ends when there is room for more.</summary>
    /// <param name="parcel">What is written.</param>
    /// <param name="more">It need not leave before the next one is written.</param>
    public Task WriteAsync(Parcel parcel, bool more = false)
    {
        if (IsCut)
            lost++;
        else
            unflushed.Enqueue(parcel);
        if (!more || IsFull)
            Flush();
        if (!IsFull)
            return Task.CompletedTask;
        waitingWriter ??= NewWaiter();
        return waitingWriter.Task;
    }

    /// <summary>The next parcel arrives.</summary>
    public Parcel Move()
    {
        var parcel = underWay.Dequeue();
        arrived.Enqueue(parcel);
        waitingReader?.TrySetResult();
        return parcel;
    }

    /// <summary>The next parcel is lost, and those behind it are not.</summary>
    public Parcel Lose()
    {
        var parcel = underWay.Dequeue();
        FreeRoom();
        return parcel;
    }

    public Parcel Peek() => underWay.Peek();

    public async ValueTask<Parcel> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (broken is { } reason)
                throw reason();
            if (arrived.TryDequeue(out var parcel))
            {
                FreeRoom();
                return parcel;
            }

            waitingReader = NewWaiter();
            await waitingReader.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>From now on all is lost, but for so much of what is under way.</summary>
    public void Cut(int keep)
    {
        IsCut = true;
        lost += unflushed.Count;
        unflushed.Clear();
        var kept = underWay.Take(keep).ToList();
        lost += underWay.Count - kept.Count;
        underWay.Clear();
        foreach (var parcel in kept)
            underWay.Enqueue(parcel);
    }

    /// <summary>All that is under way is lost, and this is the last that comes.</summary>
    public void End(Parcel last)
    {
        Cut(keep: 0);
        underWay.Enqueue(last);
    }

    /// <summary>The end that reads learns that the stream is broken: reads fail.</summary>
    public void BreakReads(Func<Exception> reason)
    {
        broken ??= reason;
        arrived.Clear();
        waitingReader?.TrySetResult();
    }

    /// <summary>The end that writes learns that the stream is broken: a write that waits fails.</summary>
    public void BreakWrites(Exception reason) => waitingWriter?.TrySetException(reason);

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Flush()
    {
        while (unflushed.TryDequeue(out var parcel))
            underWay.Enqueue(parcel);
    }

    private void FreeRoom()
    {
        if (IsFull)
            return;
        waitingWriter?.TrySetResult();
        waitingWriter = null;
    }
}
