using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>A read on its way.</summary>
internal sealed class ReadEntry(long sequence, Frame frame) : OutboxEntry(sequence, frame)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Settled => _settled.Task;

    public override void Advance(Signal answer) => _settled.TrySetResult();

    public override void Refuse(Refusal refusal) => Close(new ReadRefusedException(refusal.Code, refusal.Text));

    public override void Close(MessagingException reason)
    {
        // Who gave up waiting has chosen not to know: not an unobserved exception.
        if (_settled.TrySetException(reason))
            _ = _settled.Task.Exception;
    }
}
