using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Messaging.Service.Security;

/// <summary>Where clients' certificates have to come from, and whether one does. Safe for concurrent use.</summary>
internal sealed class ClientRoots
{
    private const string Setting = "Messaging:Authentication:ClientRoots";

    private static readonly Oid ForClients = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2Collection _roots = [];
    private readonly X509Certificate2Collection _intermediates = [];

    /// <param name="path">A PEM file; empty for none, from which nothing comes.</param>
    /// <exception cref="FormatException">It cannot be used; the message says which setting and why.</exception>
    public ClientRoots(string path)
    {
        if (path.Length == 0)
            return;
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPemFile(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FormatException($"{Setting} cannot be read ({path}): {refused.Message}");
        }

        foreach (var one in all)
            (IsRoot(one) ? _roots : _intermediates).Add(one);
        if (_roots.Count == 0)
            throw new FormatException($"{Setting} ({path}) holds no root certificate.");
    }

    /// <summary>
    /// Looks at everything but the clock: the chain to a root, that it was made for clients, whom it names. Nothing is
    /// fetched from where a certificate points to.
    /// </summary>
    public CertificateVerdict Judge(X509Certificate2 certificate)
    {
        if (!certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .Any(use => use.EnhancedKeyUsages.Cast<Oid>().Any(one => one.Value == ForClients.Value)))
            return CertificateVerdict.Refuse("the client certificate was not made for clients");

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_roots);
        chain.ChainPolicy.ExtraStore.AddRange(_intermediates);
        chain.ChainPolicy.ApplicationPolicy.Add(ForClients);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid; // the caller has the clock
        if (!chain.Build(certificate))
            return CertificateVerdict.Refuse("the client certificate does not come from where it has to");

        var elements = chain.ChainElements.Select(element => element.Certificate).ToList();
        var verdict = CertificateVerdict.Of(
            certificate,
            elements.Max(one => new DateTimeOffset(one.NotBefore)),
            elements.Min(one => new DateTimeOffset(one.NotAfter)));
        elements.ForEach(one => one.Dispose());
        return verdict;
    }

    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
