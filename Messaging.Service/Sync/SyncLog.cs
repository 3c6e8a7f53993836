using Messaging.Service.Ledger;

namespace Messaging.Service.Sync;

internal static partial class SyncLog
{
    [LoggerMessage(100, LogLevel.Information,
        "Stream {Session} opened by {User}/{Device}, cursor {Cursor}, head {Head}")]
    public static partial void Opened(
        ILogger logger, string session, string user, string device, SignalOffset cursor, SignalOffset head);

    [LoggerMessage(101, LogLevel.Information, "Stream {Session} of {User}/{Device} closed: {Status}, {Detail}")]
    public static partial void Closed(
        ILogger logger, string session, string user, string device, Grpc.Core.StatusCode status, string detail);

    [LoggerMessage(102, LogLevel.Error, "Stream {Session} failed")]
    public static partial void Failed(ILogger logger, string session, Exception exception);

    [LoggerMessage(103, LogLevel.Error,
        "{User}/{Device} stood at {Position}, past the head: if the client is right, the ledger went back in time and "
        + "needs a new epoch: stop the service, then \"ledger restore\" a backup or \"ledger accept\" it as it stands")]
    public static partial void WentBack(ILogger logger, string user, string device, SignalOffset position);
}
