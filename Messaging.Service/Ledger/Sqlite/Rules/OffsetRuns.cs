namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// The offsets past a device's cursor that one stream has been told of otherwise than by entries, as runs: by answers
/// (protocol §4), or by a position signal that they hold nothing (§2). When an acknowledgement reaches a run, the cursor
/// passes it. Writer's thread only.
/// </summary>
internal sealed class OffsetRuns
{
    /// <summary>
    /// More runs than this are not kept: a device that sends between entries which it never acknowledges then gets
    /// its own again on a later stream, where it knows them by their offsets.
    /// </summary>
    private const int MaxRuns = 4_096;

    private readonly LinkedList<(int First, int Last)> _runs = new();

    public void Add(SignalOffset first, SignalOffset last)
    {
        // Nearly always behind the others.
        var before = _runs.Last;
        while (before is not null && before.Value.First > first.Value)
            before = before.Previous;

        if (before is not null && before.Value.Last >= first.Value - 1)
            before.Value = (before.Value.First, Math.Max(before.Value.Last, last.Value));
        else if (_runs.Count < MaxRuns && before is not null)
            _runs.AddAfter(before, (first.Value, last.Value));
        else if (_runs.Count < MaxRuns)
            _runs.AddFirst((first.Value, last.Value));
    }

    /// <summary>Where a cursor comes to that has reached an offset.</summary>
    public SignalOffset Pass(SignalOffset cursor)
    {
        var reached = cursor.Value;
        for (var run = _runs.First; run is not null && run.Value.First - 1L <= reached; run = run.Next)
            reached = Math.Max(reached, run.Value.Last);
        return new SignalOffset(reached);
    }

    /// <summary>The cursor has come this far: what lies at or before it is of no more use.</summary>
    public void Forget(SignalOffset cursor)
    {
        while (_runs.First is { } run && run.Value.Last <= cursor.Value)
            _runs.RemoveFirst();
    }

    /// <summary>The batch failed: what it assigned past this head is void.</summary>
    public void RemoveAfter(SignalOffset head)
    {
        while (_runs.Last is { } run && run.Value.Last > head.Value)
        {
            if (run.Value.First <= head.Value)
                run.Value = (run.Value.First, head.Value);
            else
                _runs.RemoveLast();
        }
    }
}
