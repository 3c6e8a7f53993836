namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>
/// The offsets past the cursor that one stream has been told of by answers, as runs: when an acknowledgement reaches
/// one, the cursor passes it (protocol §4). Writer's thread only.
/// </summary>
internal sealed class OwnRuns
{
    /// <summary>
    /// More runs than this are not kept: a device that sends between entries which it never acknowledges then gets
    /// them again on a later stream, where it knows them by their offsets.
    /// </summary>
    private const int MaxRuns = 4_096;

    private readonly LinkedList<(int First, int Last)> _runs = new();

    /// <summary>An answer delivers this offset, which is above all before it.</summary>
    public void Add(SignalOffset offset)
    {
        if (_runs.Last is { } last && last.Value.Last == offset.Value - 1)
            last.Value = (last.Value.First, offset.Value);
        else if (_runs.Count < MaxRuns)
            _runs.AddLast((offset.Value, offset.Value));
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
