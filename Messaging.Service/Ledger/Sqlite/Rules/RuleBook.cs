using System.Diagnostics;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>Finds the rule for a submission. Writer's thread only.</summary>
internal sealed class RuleBook
{
    private readonly Recorder _recorder;
    private readonly StreamOpening _opening;
    private readonly Sending _sending;
    private readonly Acknowledging _acknowledging;
    private readonly Reading _reading;
    private readonly Reporting _reporting;
    private readonly Accounts _accounts;

    public RuleBook(Recorder recorder, QueueReaders readers, LedgerOptions options, LedgerCondition condition)
    {
        _recorder = recorder;
        _acknowledging = new Acknowledging(recorder);
        _opening = new StreamOpening(recorder, _acknowledging, readers, options, condition);
        _sending = new Sending(recorder, options.Quota);
        _reading = new Reading(recorder, _acknowledging);
        _reporting = new Reporting(recorder);
        _accounts = new Accounts(recorder, _acknowledging, options.MaxBlocked);
    }

    /// <summary>A batch begins.</summary>
    public void Begin() => _recorder.BeginBatch();

    /// <summary>Decides one submission, recording what follows from it.</summary>
    public Settlement Take(Submission submission)
    {
        if (submission.Stream is not LedgerStream stream)
        {
            return submission switch
            {
                OpenStream open => _opening.Take(open),
                AccountWork work => _accounts.Take(work),
                _ => throw new UnreachableException(),
            };
        }

        // Work takes effect only on the latest stream of its device (protocol §2). A stream that has ended hears no
        // answer, and what it stands on may have been dropped from memory.
        var device = stream.State;
        if (device.Stream != stream.Number || stream.Listener is null)
            return Settlement.Superseded;

        return submission switch
        {
            SendMessage send => _sending.Take(send, device, stream.Fence),
            Acknowledge acknowledge => _acknowledging.Take(acknowledge, device),
            MarkRead read => _reading.Take(read, device),
            ReportError report => _reporting.Take(report, device),
            PassOver hole => _acknowledging.Take(hole, device),
            Withdraw withdraw => _sending.Take(withdraw, stream.Fence),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>The batch has been decided: records what is recorded once per batch.</summary>
    public void End() => _acknowledging.RecordDue();

    /// <summary>The batch is on disk.</summary>
    public void Commit() => _sending.Commit();

    /// <summary>The batch failed: nothing of it is remembered but that it was refused.</summary>
    public void RollBack(IReadOnlyList<Submission> batch)
    {
        _acknowledging.Clear();
        foreach (var submission in batch)
        {
            submission.Settlement = Settlement.Unavailable;
            if (submission is OpenStream)
                submission.Stream = null;
        }

        _sending.RollBack(batch);
    }
}
