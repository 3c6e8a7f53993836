using Messaging.Service.Ledger;

namespace Messaging.Service.Account;

/// <summary>Writes down who changed what of their account, in the category <c>Messaging.Audit</c>; ids 600–699.</summary>
internal sealed partial class AccountAudit(ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("Messaging.Audit");

    public void Revoked(Party caller, string device) => Revoked(caller.User, caller.Device, device);

    public void Blocked(Party caller, string other) => Blocked(caller.User, caller.Device, other);

    public void Unblocked(Party caller, string other) => Unblocked(caller.User, caller.Device, other);

    [LoggerMessage(600, LogLevel.Information, "{User}/{Device} removed the device {Revoked} from the account")]
    private partial void Revoked(string user, string device, string revoked);

    [LoggerMessage(601, LogLevel.Information, "{User}/{Device} blocked {Other}")]
    private partial void Blocked(string user, string device, string other);

    [LoggerMessage(602, LogLevel.Information, "{User}/{Device} no longer blocks {Other}")]
    private partial void Unblocked(string user, string device, string other);
}
