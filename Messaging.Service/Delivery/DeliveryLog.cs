using Messaging.Service.Ledger;

namespace Messaging.Service.Delivery;

internal static partial class DeliveryLog
{
    [LoggerMessage(200, LogLevel.Error,
        "{User}/{Device} acknowledged {Offset}, past the head {Head}: if the client is right, the ledger went back in "
        + "time and needs a new epoch")]
    public static partial void AcknowledgedPastHead(
        ILogger logger, SignalOffset offset, SignalOffset head, string user, string device);
}
