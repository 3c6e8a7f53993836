using Messaging.Client.Storage;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>A read, a <c>PLAYED</c> or an error report on its way.</summary>
internal sealed class SignalEntry(StoredEntry stored) : OutboxEntry(stored.Sequence, stored.Frame)
{
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StoredEntry Stored { get; } = stored;

    public Signal Signal => Frame.Signal;

    public Task Settled => _settled.Task;

    /// <summary>A watermark, which a higher one of the same conversation covers. <c>PLAYED</c> is more.</summary>
    public bool IsRead => Signal is { Status: SignalStatus.Unspecified, Type: not SignalKind.Error };

    /// <summary>Another read says more, and stands for this one too.</summary>
    public bool IsCovered { get; set; }

    private bool IsReport => Signal.Type == SignalKind.Error;

    /// <summary>
    /// Under another epoch than its own, the message is named by its id alone (protocol §2, §6). Returns false where
    /// that is not known, so that it can say nothing.
    /// </summary>
    public bool TryMoveTo(int era)
    {
        if (era == Stored.Era || Signal.UserOffset == 0)
            return true;
        if (Signal.Id.Length == 0)
            return false;
        var signal = Signal.Clone();
        signal.UserOffset = 0;
        Frame = new Frame { Signal = signal };
        return true;
    }

    /// <summary>A read that nobody has seen yet ends together with another one.</summary>
    public void JoinWith(SignalEntry other) => _settled = other._settled;

    public override void Advance(Signal answer) => _settled.TrySetResult();

    public override void Refuse(Refusal refusal) => Close(IsReport
        ? new ReportRefusedException(refusal.Code, refusal.Text)
        : new ReadRefusedException(refusal.Code, refusal.Text));

    public override void Close(MessagingException reason)
    {
        // Who gave up waiting has chosen not to know: not an unobserved exception.
        if (_settled.TrySetException(reason))
            _ = _settled.Task.Exception;
    }

    protected override bool HasShapeOf(SignalAckState? flags) =>
        IsReport ? flags is not ({ Send: true } or { Received: true } or { Read: true }) : flags is { Read: true };
}
