using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Messaging.Tests.Support;

namespace Messaging.Tests.Security.Callers;

/// <summary>A root, and the certificates that come from it.</summary>
internal sealed class CertificateMaker : IDisposable
{
    private const string ForClients = "1.3.6.1.5.5.7.3.2", ForServers = "1.3.6.1.5.5.7.3.1";

    private readonly X509Certificate2 root;
    private readonly TemporaryFolder folder = TemporaryFolder.Create();

    public CertificateMaker()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root = request.CreateSelfSigned(Now.AddDays(-30), Now.AddDays(30));
        File.WriteAllText(RootFile, root.ExportCertificatePem());
        using var server = Make(null, ForServers);
        ServerHash = server.GetCertHashString();
        File.WriteAllText(ServerFile, server.ExportCertificatePem());
        File.WriteAllText(ServerKeyFile, server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The settings of a service that takes these certificates, over TLS.</summary>
    public string[] Settings =>
    [
        "--urls", "https://127.0.0.1:0", "--Messaging:Authentication:Mode=Certificate",
        $"--Messaging:Authentication:ClientRoots={RootFile}", $"--Kestrel:Certificates:Default:Path={ServerFile}",
        $"--Kestrel:Certificates:Default:KeyPath={ServerKeyFile}",
    ];

    public string ServerHash { get; }

    public string RootFile => folder.File("root.pem");

    public string ServerFile => folder.File("server.pem");

    public string ServerKeyFile => folder.File("server.key");

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>A channel to the service at an address, with a client certificate or none.</summary>
    public GrpcChannel Channel(string address, X509Certificate2? certificate, SslProtocols version = SslProtocols.None)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = certificate is null ? null : [certificate],
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
                EnabledSslProtocols = version,
                RemoteCertificateValidationCallback = (_, server, _, _) => server!.GetCertHashString() == ServerHash,
            },
        };
        return GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    public X509Certificate2 ForClient(string? uri, int fromDays = -1, int toDays = 1) => Make(uri, ForClients, fromDays, toDays);

    public X509Certificate2 ForServer(string uri) => Make(uri, ForServers);

    public X509Certificate2 ForAnything(string uri) => Make(uri, use: null);

    public void Dispose()
    {
        root.Dispose();
        folder.Dispose();
    }

    private X509Certificate2 Make(string? uri, string? use, int fromDays = -1, int toDays = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=alice", key, HashAlgorithmName.SHA256);
        if (use is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        names.AddEmailAddress("alice@example.org");
        foreach (var one in uri?.Split(' ') ?? [])
            names.AddUri(new Uri(one));
        request.CertificateExtensions.Add(names.Build());
        using var made = request.Create(root, Now.AddDays(fromDays), Now.AddDays(toDays), RandomNumberGenerator.GetBytes(8));
        return made.CopyWithPrivateKey(key);
    }
}
