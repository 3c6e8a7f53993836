using Grpc.Core;
using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>
/// What whoever answers for the service has to be able to look up: who came in and how, who was turned away, who did
/// what in another's name, who removed a device or blocked somebody, and how the service was set up. One category,
/// <c>Messaging.Audit</c>, with ids from 600. Never a message's content, a token or a key. Safe for concurrent use.
/// </summary>
/// <param name="loggers">Where its category is.</param>
/// <param name="refusals">Where refusals go, which anybody can cause; there too if left out.</param>
internal sealed partial class AuditLog(ILoggerFactory loggers, ILogger? refusals = null)
{
    public const string Category = "Messaging.Audit";

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    public void SignedIn(Party device, CallerProof proof, bool maySendAs, string session, string peer) =>
        WriteSignedIn(device.User, device.Device, proof, maySendAs, session, peer);

    public void SendsAs(Party device, string user, string recipient, string id) =>
        WriteSendsAs(device.User, device.Device, user, recipient, id);

    public void Refused(string method, string peer, StatusCode code, string reason) =>
        WriteRefused(refusals ?? _logger, method, peer, code, reason);

    /// <summary>A call or a stream of a device that has been removed from its account, named here: it was told.</summary>
    public void RefusedRemoved(ServerCallContext call, Party device) => Refused(
        call.Method, call.Peer, StatusCode.PermissionDenied,
        $"{device.User}/{device.Device} has been removed from its account");

    public void RevokedDevice(Party caller, string device) => WriteRevokedDevice(caller.User, caller.Device, device);

    public void BlockedUser(Party caller, string other) => WriteBlockedUser(caller.User, caller.Device, other);

    public void UnblockedUser(Party caller, string other) => WriteUnblockedUser(caller.User, caller.Device, other);

    [LoggerMessage(600, LogLevel.Information,
        "The service is set up: authentication {Mode}, listening on {Endpoints}, clear text off loopback {AllowsClearText}")]
    public partial void SetUp(AuthenticationMode mode, string endpoints, bool allowsClearText);

    [LoggerMessage(601, LogLevel.Information,
        "{User}/{Device} signed in by {Proof}, may send as others {MaySendAs}, stream {Session}, from {Peer}")]
    private partial void WriteSignedIn(
        string user, string device, CallerProof proof, bool maySendAs, string session, string peer);

    [LoggerMessage(602, LogLevel.Warning, "Call to {Method} from {Peer} refused: {Code}, {Reason}")]
    private static partial void WriteRefused(ILogger logger, string method, string peer, StatusCode code, string reason);

    [LoggerMessage(603, LogLevel.Information, "{User}/{Device} sends as {Author} to {Recipient}: message {Id}")]
    private partial void WriteSendsAs(string user, string device, string author, string recipient, string id);

    [LoggerMessage(604, LogLevel.Information, "{User}/{Device} removed the device {Removed} from the account")]
    private partial void WriteRevokedDevice(string user, string device, string removed);

    [LoggerMessage(605, LogLevel.Information, "{User}/{Device} blocked {Other}")]
    private partial void WriteBlockedUser(string user, string device, string other);

    [LoggerMessage(606, LogLevel.Information, "{User}/{Device} no longer blocks {Other}")]
    private partial void WriteUnblockedUser(string user, string device, string other);
}
