using Grpc.Core;
using Microsoft.Net.Http.Headers;

namespace Messaging.Service.Security;

/// <summary>
/// Tells callers by token, by certificate or by either, as the settings say. Where both are allowed, a call with
/// <c>authorization</c> is judged by that alone: a certificate does not make up for a bad token.
/// </summary>
internal sealed class CredentialIdentity(
    AuthenticationOptions options, TokenIdentity tokens, CertificateIdentity certificates) : ICallerIdentity
{
    public CallerVerdict Identify(ServerCallContext call) => options.Mode switch
    {
        AuthenticationMode.Token => tokens.Identify(call),
        AuthenticationMode.Certificate => certificates.Identify(call),
        _ when call.GetHttpContext().Request.Headers.ContainsKey(HeaderNames.Authorization) => tokens.Identify(call),
        _ => certificates.Identify(call),
    };
}
