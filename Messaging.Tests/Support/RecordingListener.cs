using Messaging.Service.Ledger;

namespace Messaging.Tests.Support;

/// <summary>Writes down what a stream hears from the ledger, and lets a test wait for it.</summary>
internal sealed class RecordingListener : IStreamListener
{
    // Never held while the ledger is asked something: it may call from under a lock of its own.
    private readonly Lock gate = new();
    private readonly List<Heard> heard = [];
    private readonly Dictionary<Submission, TaskCompletionSource> settled = [];
    private readonly Dictionary<Submission, TaskCompletionSource> visible = [];
    private readonly List<Submission> sinceWake = [];
    private readonly List<(SignalOffset Head, TaskCompletionSource Reached)> heads = [];
    private readonly TaskCompletionSource replaced = New();
    private readonly TaskCompletionSource revoked = New();
    private volatile ILedgerStream? stream;

    /// <summary>Everything so far, in order.</summary>
    public IReadOnlyList<Heard> Heard
    {
        get
        {
            lock (gate)
                return [.. heard];
        }
    }

    public Task Replaced => replaced.Task;

    public Task Revoked => revoked.Task;

    /// <summary>Ends when the submission has been handed back.</summary>
    public Task Settled(Submission submission) => Of(settled, submission).Task;

    /// <summary>Ends at the first wake after the submission was handed back: from then on its effects can be read.</summary>
    public Task Visible(Submission submission) => Of(visible, submission).Task;

    /// <summary>Ends when the ledger has said that the head is at least there.</summary>
    public Task HeadReached(SignalOffset head)
    {
        var reached = New();
        lock (gate)
            heads.Add((head, reached));
        if (stream?.Head >= head)
            reached.TrySetResult();
        return reached.Task;
    }

    public void OnSettled(Submission submission)
    {
        if (submission is OpenStream { Stream: { } opened })
            stream = opened;
        var head = stream?.Head ?? default;
        lock (gate)
        {
            heard.Add(new Heard(HeardKind.Settled, submission, head));
            sinceWake.Add(submission);
            Of(settled, submission).TrySetResult();
        }
    }

    public void Wake()
    {
        var head = stream?.Head ?? default;
        lock (gate)
        {
            heard.Add(new Heard(HeardKind.Woken, null, head));
            foreach (var submission in sinceWake)
                Of(visible, submission).TrySetResult();
            sinceWake.Clear();
            foreach (var (_, reached) in heads.Where(waiting => waiting.Head <= head))
                reached.TrySetResult();
            heads.RemoveAll(waiting => waiting.Head <= head);
        }
    }

    public void OnReplaced()
    {
        var head = stream?.Head ?? default;
        lock (gate)
            heard.Add(new Heard(HeardKind.Replaced, null, head));
        replaced.TrySetResult();
    }

    public void OnRevoked()
    {
        var head = stream?.Head ?? default;
        lock (gate)
            heard.Add(new Heard(HeardKind.Revoked, null, head));
        revoked.TrySetResult();
    }

    private TaskCompletionSource Of(Dictionary<Submission, TaskCompletionSource> tasks, Submission submission)
    {
        lock (gate)
        {
            if (!tasks.TryGetValue(submission, out var task))
                tasks.Add(submission, task = New());
            return task;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal enum HeardKind
{
    Settled,
    Woken,
    Replaced,
    Revoked,
}

/// <summary>One call of the ledger, with the head as the stream showed it at that moment.</summary>
internal sealed record Heard(HeardKind Kind, Submission? Submission, SignalOffset Head);
