using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>
/// Tells callers by the client certificate of their connection (protocol §2). The handshake lets every certificate
/// through, so that a bad one gets a status that says why, like a bad token.
/// </summary>
internal sealed class CertificateIdentity(ClientRoots roots, CallerNames names, TimeProvider time) : ICallerIdentity
{
    private static readonly CallerVerdict.Unknown NoCertificate = new("no client certificate");

    // A connection has one certificate and any number of calls: the chain is built once.
    private readonly ConditionalWeakTable<X509Certificate2, CertificateVerdict> _judged = [];

    public CallerVerdict Identify(ServerCallContext call) =>
        call.GetHttpContext().Connection.ClientCertificate is { } certificate
            ? Identify(_judged.GetValue(certificate, roots.Judge), call.RequestHeaders)
            : NoCertificate;

    private CallerVerdict Identify(CertificateVerdict verdict, Metadata headers)
    {
        var now = time.GetUtcNow();
        string? device = null;
        var problem = verdict.Problem
            ?? (now < verdict.From ? "the client certificate is not valid yet" : null)
            ?? (now >= verdict.Until ? "the client certificate has expired" : null)
            ?? names.ProblemWith(verdict.User, "the client certificate's user");
        if (problem is null)
            device = names.ReadDevice(headers, verdict.Device, out problem);
        return problem is not null
            ? new CallerVerdict.Unknown(problem)
            : new CallerVerdict.Known(new Party(verdict.User, device!))
            {
                Proof = CallerProof.Certificate,
                MaySendAs = verdict.MaySendAs,
                Expires = verdict.Until,
            };
    }
}
