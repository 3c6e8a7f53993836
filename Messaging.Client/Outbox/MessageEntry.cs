using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>A message on its way.</summary>
internal sealed class MessageEntry(long sequence, Frame frame, SendHandle handle, ReceiptBook receipts)
    : OutboxEntry(sequence, frame)
{
    public SendHandle Handle { get; } = handle;

    public static Acceptance AcceptanceOf(Signal answer) =>
        new(answer.UserOffset, answer.SignalOffset, EpochTime.Read(answer.Timestamp));

    /// <summary>The same message went up before as other bytes: it goes as those. Before it joins the queue.</summary>
    public void GoAs(Message earlier) => Frame = new Frame { Message = earlier };

    public override void Advance(Signal answer) => receipts.Accept(Handle, AcceptanceOf(answer));

    public override void Refuse(Refusal refusal) =>
        receipts.Fail(Handle, new MessageRefusedException(Handle.Id, refusal.Code, refusal.Text));

    public override void Close(MessagingException reason) => receipts.Fail(Handle, reason);

    protected override bool HasShapeOf(SignalAckState? flags) => flags is { Send: true };
}
