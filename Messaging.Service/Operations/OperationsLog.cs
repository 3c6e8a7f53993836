namespace Messaging.Service.Operations;

/// <summary>What is logged for operators; ids 300–399.</summary>
internal static partial class OperationsLog
{
    [LoggerMessage(300, LogLevel.Information, "Messaging {Version} serves at {Addresses}")]
    public static partial void Started(ILogger logger, string version, string addresses);

    [LoggerMessage(301, LogLevel.Information, "Metrics and health are at {Address}")]
    public static partial void Listens(ILogger logger, string address);

    [LoggerMessage(302, LogLevel.Warning,
        "Messaging:Telemetry:Listen is {Listen}, which cannot be listened at: nobody can read metrics and health there. {Reason}")]
    public static partial void CannotListen(ILogger logger, string listen, string reason);

    [LoggerMessage(303, LogLevel.Information, "The service has stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(EventId = 304, Message = "{Count} lines like the next one were left out: there were too many in a second")]
    public static partial void LeftOut(ILogger logger, LogLevel level, int count);
}
