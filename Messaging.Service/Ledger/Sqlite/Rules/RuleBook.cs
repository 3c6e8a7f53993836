using System.Diagnostics;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>Finds the rule for a submission. Writer's thread only.</summary>
internal sealed class RuleBook
{
    private readonly Recorder _recorder;
    private readonly StreamOpening _opening;
    private readonly Sending _sending;
    private readonly Acknowledging _acknowledging;
    private readonly Reading _reading;

    public RuleBook(Recorder recorder, QueueReaders readers)
    {
        _recorder = recorder;
        _acknowledging = new Acknowledging(recorder);
        _opening = new StreamOpening(recorder, _acknowledging, readers);
        _sending = new Sending(recorder);
        _reading = new Reading(recorder);
    }

    /// <summary>A batch begins.</summary>
    public void Begin() => _recorder.BeginBatch();

    /// <summary>Decides one submission, recording what follows from it.</summary>
    public Settlement Take(Submission submission) => submission switch
    {
        SendMessage send => OnLatest(send.Stream) is { } sender ? _sending.Take(send, sender) : Settlement.Superseded,
        Acknowledge acknowledge =>
            OnLatest(acknowledge.Stream) is { } device ? _acknowledging.Take(acknowledge, device) : Settlement.Superseded,
        MarkRead read => OnLatest(read.Stream) is { } reader ? _reading.Take(read, reader) : Settlement.Superseded,
        OpenStream open => _opening.Take(open),
        _ => throw new UnreachableException(),
    };

    /// <summary>The batch has been decided: records what is recorded once per batch.</summary>
    public void End() => _acknowledging.RecordDue();

    /// <summary>The batch failed: nothing of it is remembered.</summary>
    public void Abandon() => _acknowledging.Clear();

    /// <summary>The device, where the work came on its latest stream (protocol §2).</summary>
    private static DeviceState? OnLatest(ILedgerStream stream)
    {
        var device = ((LedgerStream)stream).State;
        return device.Stream == stream.Number ? device : null;
    }
}
