using Grpc.Core;

namespace Messaging.Service.Security;

/// <summary>What came of a call's token, left with the call for <see cref="TokenIdentity"/>: one of the two is there.</summary>
internal sealed record TokenVerdict(TokenClaims? Claims, CallerVerdict.Unknown? Refusal)
{
    public static TokenVerdict Accept(TokenClaims claims) => new(claims, null);

    public static TokenVerdict Refuse(string text, StatusCode code = StatusCode.Unauthenticated) =>
        new(null, new CallerVerdict.Unknown(text) { Code = code });
}
