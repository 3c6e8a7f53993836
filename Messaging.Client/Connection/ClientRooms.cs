using Messaging.Client.Inbox;
using Messaging.Client.Outbox;

namespace Messaging.Client.Connection;

/// <summary>What outlives the streams.</summary>
/// <param name="Inbox">What has come.</param>
/// <param name="Outbox">What must go.</param>
/// <param name="Intake">Takes a frame to its room.</param>
/// <param name="WriteWork">Set when there is something to write.</param>
internal sealed record ClientRooms(
    ReceiveQueue Inbox, SendQueue Outbox, FrameIntake Intake, WorkSignal WriteWork);
