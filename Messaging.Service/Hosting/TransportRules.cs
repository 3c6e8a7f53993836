using Messaging.Service.Security;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Hosting;

/// <summary>Whether what goes over the network is safe there: TLS off loopback, of versions that hold.</summary>
internal sealed class TransportRules(IHostEnvironment environment, IConfiguration configuration)
    : IValidateOptions<AuthenticationOptions>
{
    private static readonly string[] Versions = ["Tls12", "Tls13"];

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AuthenticationOptions options)
    {
        var failures = ClearText(options).Concat(OldVersions()).Concat(MissingCertificates()).ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private IEnumerable<string> ClearText(AuthenticationOptions options) =>
        options.AllowClearTextOffLoopback || options.Mode == AuthenticationMode.Development
            ? []
            : ListenAddresses.Of(configuration)
                .Where(url => !ListenAddresses.IsSecure(url) && !ListenAddresses.IsLoopback(url))
                .Select(url =>
                    $"{url} is clear text off loopback: who is on the way reads tokens and messages. Use https "
                    + "(Kestrel:Certificates:Default:Path), or, behind a proxy that ends TLS, set "
                    + "Messaging:Authentication:AllowClearTextOffLoopback to true.");

    private IEnumerable<string> OldVersions() => configuration.GetSection("Kestrel").AsEnumerable()
        .Where(setting => setting.Value is not null
            && setting.Key.Contains(":SslProtocols", StringComparison.OrdinalIgnoreCase))
        .Where(setting => setting.Value!.Split(',', StringSplitOptions.TrimEntries)
            .Any(version => !Versions.Contains(version, StringComparer.OrdinalIgnoreCase)))
        .Select(setting => $"{setting.Key} must be Tls12 or Tls13, but is \"{setting.Value}\".");

    // In Development the web server finds the developer's own certificate.
    private IEnumerable<string> MissingCertificates() =>
        environment.IsDevelopment() || configuration.GetSection("Kestrel:Certificates:Default").Exists()
            ? []
            : ListenAddresses.Of(configuration).Where(ListenAddresses.IsSecure).Except(WithCertificate())
                .Select(url => $"{url} needs a certificate: set Kestrel:Certificates:Default:Path, and :KeyPath or :Password.");

    private IEnumerable<string> WithCertificate() => configuration.GetSection("Kestrel:Endpoints").GetChildren()
        .Where(endpoint => endpoint.GetSection("Certificate").Exists() || endpoint.GetSection("Sni").Exists())
        .Select(endpoint => endpoint["Url"]).OfType<string>();
}
