using Grpc.Core;
using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>
/// Tells callers by their access token (protocol §2), which the web server's authentication has judged by then
/// (<see cref="TokenRules"/>).
/// </summary>
internal sealed class TokenIdentity(CallerNames names, AuthenticationOptions options) : ICallerIdentity
{
    private static readonly CallerVerdict.Unknown NoToken =
        new("no access token: the header authorization is missing");

    public CallerVerdict Identify(ServerCallContext call) =>
        call.GetHttpContext().Features.Get<TokenVerdict>() switch
        {
            { Claims: { } claims } => Identify(claims, call.RequestHeaders),
            { Refusal: { } refusal } => refusal,
            _ => NoToken,
        };

    private CallerVerdict Identify(TokenClaims claims, Metadata headers) =>
        names.ReadDevice(headers, claims.Device, out var problem) is not { } device
            ? new CallerVerdict.Unknown(problem!)
            : new CallerVerdict.Known(new Party(claims.User, device))
            {
                Proof = CallerProof.Token,
                MaySendAs = claims.MaySendAs,
                // Where a call would not be let in any more, one that was let in ends.
                Expires = claims.Expires < DateTimeOffset.MaxValue - options.ClockSkew
                    ? claims.Expires + options.ClockSkew
                    : DateTimeOffset.MaxValue,
            };
}
