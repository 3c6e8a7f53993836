using Messaging.Service.Ledger;

namespace Messaging.Tests.Support;

/// <summary>A ledger in front of another: it takes everything, and while it is shut passes no message on.</summary>
internal sealed class GatedLedger(ILedger inner) : ILedger
{
    private readonly Lock gate = new();
    private readonly Queue<Submission> held = new();
    private bool isShut;
    private int reading;

    public string Epoch => inner.Epoch;

    public Task Completion => inner.Completion;

    /// <summary>How many messages it has taken while it was shut.</summary>
    public int Held
    {
        get
        {
            lock (gate)
                return held.Count;
        }
    }

    /// <summary>History is read once this has completed.</summary>
    public Task HistoryGate { get; set; } = Task.CompletedTask;

    /// <summary>How many pages of history it was asked for.</summary>
    public int Reading => Volatile.Read(ref reading);

    public void Shut()
    {
        lock (gate)
            isShut = true;
    }

    /// <summary>Passes on what it holds, in order; further messages go straight through.</summary>
    public async Task OpenAsync()
    {
        while (true)
        {
            Submission next;
            lock (gate)
            {
                isShut = held.Count > 0;
                if (!isShut)
                    return;
                next = held.Dequeue();
            }

            await inner.SubmitAsync(next, CancellationToken.None);
        }
    }

    public ValueTask SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (isShut && submission is SendMessage)
            {
                held.Enqueue(submission);
                return default;
            }
        }

        return inner.SubmitAsync(submission, cancellationToken);
    }

    public async ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref reading);
        await HistoryGate.WaitAsync(cancellationToken);
        return await inner.ReadHistoryAsync(query, cancellationToken);
    }

    public ValueTask<ConversationPage?> ReadConversationsAsync(
        ConversationQuery query, CancellationToken cancellationToken) =>
        inner.ReadConversationsAsync(query, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
