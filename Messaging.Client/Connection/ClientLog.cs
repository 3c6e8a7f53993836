using Microsoft.Extensions.Logging;

namespace Messaging.Client.Connection;

/// <summary>What the client logs. Never a payload or a token.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Debug, "Stream {Session} is open, epoch {Epoch}")]
    public static partial void StreamOpened(ILogger logger, string session, string epoch);

    [LoggerMessage(2, LogLevel.Information, "The stream was lost: {Reason}")]
    public static partial void StreamLost(ILogger logger, string reason, Exception? exception);

    [LoggerMessage(3, LogLevel.Error, "The client has ended: {Reason}")]
    public static partial void Ended(ILogger logger, string reason, Exception exception);

    [LoggerMessage(4, LogLevel.Debug, "Entry {Offset} is known already")]
    public static partial void KnownEntry(ILogger logger, int offset);

    [LoggerMessage(5, LogLevel.Debug, "{MessageId} has not advanced: {Code}")]
    public static partial void NotAdvanced(ILogger logger, string messageId, string code);

    [LoggerMessage(6, LogLevel.Error, "An acknowledgement past {Cursor} is refused: the ledger went back in time")]
    public static partial void LedgerWentBack(ILogger logger, int cursor);

    [LoggerMessage(7, LogLevel.Warning, "The server's ledger is another one, epoch {Epoch}: offsets begin anew")]
    public static partial void OtherEpoch(ILogger logger, string epoch);

    [LoggerMessage(8, LogLevel.Warning, "Entries before {Offset} are missing and asked for again")]
    public static partial void EntriesMissing(ILogger logger, int offset);

    [LoggerMessage(20, LogLevel.Warning, "Message {MessageId} cannot be used: {Reason}")]
    public static partial void Unusable(ILogger logger, string messageId, string reason);

    [LoggerMessage(21, LogLevel.Error, "The protector failed at message {MessageId} with {Exception}")]
    public static partial void ProtectorFailed(ILogger logger, string messageId, Type exception);

    [LoggerMessage(9, LogLevel.Error,
        "The queue ends at {Head}, and this device has had {Known}: the ledger went back in time and needs a new epoch")]
    public static partial void QueueWentBack(ILogger logger, int head, int known);

    [LoggerMessage(10, LogLevel.Warning, "There is no access token: {Exception}")]
    public static partial void NoAccessToken(ILogger logger, string exception);
}
