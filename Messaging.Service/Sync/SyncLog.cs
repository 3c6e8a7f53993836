using Messaging.Service.Ledger;

namespace Messaging.Service.Sync;

internal static partial class SyncLog
{
    [LoggerMessage(100, LogLevel.Information,
        "Stream {Session} opened by {User}/{Device}, cursor {Cursor}, head {Head}")]
    public static partial void Opened(
        ILogger logger, string session, string user, string device, SignalOffset cursor, SignalOffset head);

    [LoggerMessage(101, LogLevel.Information,
        "Stream {Session} of {User}/{Device} closed: {Reason}, {Status}; {Frames} frames taken, {Refused} of them refused, "
        + "{Entries} entries delivered, in {Elapsed}")]
    public static partial void Closed(
        ILogger logger, string session, string user, string device, string reason, Grpc.Core.StatusCode status, int frames,
        int refused, int entries, TimeSpan elapsed);

    [LoggerMessage(104, LogLevel.Information, "The service is stopping: {Count} streams have {Patience} to end")]
    public static partial void Draining(ILogger logger, int count, TimeSpan patience);

    [LoggerMessage(105, LogLevel.Information, "All streams have ended, in {Elapsed}")]
    public static partial void Drained(ILogger logger, TimeSpan elapsed);

    [LoggerMessage(106, LogLevel.Warning, "{Count} streams have not ended in {Elapsed} and are cut off")]
    public static partial void CutOff(ILogger logger, int count, TimeSpan elapsed);

    [LoggerMessage(102, LogLevel.Error, "Stream {Session} failed")]
    public static partial void Failed(ILogger logger, string session, Exception exception);

    [LoggerMessage(103, LogLevel.Error,
        "{User}/{Device} stood at {Position}, past the head: if the client is right, the ledger went back in time and "
        + "needs a new epoch: stop the service, then \"ledger restore\" a backup or \"ledger accept\" it as it stands")]
    public static partial void WentBack(ILogger logger, string user, string device, SignalOffset position);
}
