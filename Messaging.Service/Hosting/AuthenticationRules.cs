using Messaging.Service.Security;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Hosting;

/// <summary>Whether the service may tell callers apart as the settings say, where it is to listen.</summary>
internal sealed class AuthenticationRules(IHostEnvironment environment, IConfiguration configuration)
    : IValidateOptions<AuthenticationOptions>
{
    private const string Section = "Messaging:Authentication";

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AuthenticationOptions options) => options.Mode switch
    {
        AuthenticationMode.Development when !environment.IsDevelopment() => ValidateOptionsResult.Fail(
            $"{Section}:Mode must not be Development outside the Development environment "
            + $"(this is {environment.EnvironmentName}): it believes whatever a caller says."),
        AuthenticationMode.Development when FirstOffLoopback() is { } address => ValidateOptionsResult.Fail(
            $"{Section}:Mode must not be Development where the service listens off loopback "
            + $"({address}): it believes whatever a caller says."),
        AuthenticationMode.Development => ValidateOptionsResult.Success,
        AuthenticationMode.Token or AuthenticationMode.Certificate
            or (AuthenticationMode.Token | AuthenticationMode.Certificate) => Result([.. Failures(options)]),
        AuthenticationMode.Unset => ValidateOptionsResult.Fail(
            $"{Section}:Mode must be set: to Token, with {Section}:Audience and {Section}:Authority (or {Section}:Issuer "
            + $"and {Section}:KeyFile), or to Certificate, with {Section}:ClientRoots; to try the service on this machine, "
            + "set the environment variable ASPNETCORE_ENVIRONMENT to Development, which sets it to Development."),
        _ => ValidateOptionsResult.Fail($"{Section}:Mode must be Development, Token, Certificate, or \"Token, Certificate\"."),
    };

    private IEnumerable<string> Failures(AuthenticationOptions options)
    {
        if (options.Mode.HasFlag(AuthenticationMode.Token))
        {
            foreach (var failure in TokenFailures(options))
                yield return failure;
        }

        if (options.Mode.HasFlag(AuthenticationMode.Certificate))
        {
            foreach (var failure in CertificateFailures(options))
                yield return failure;
        }
    }

    private static IEnumerable<string> TokenFailures(AuthenticationOptions options)
    {
        if (options.Audience.Length == 0)
            yield return $"{Section}:Audience must be set: which service must a token be for?";
        if (options.Authority.Length == 0)
        {
            if (options.Issuer.Length == 0)
                yield return $"{Section}:Issuer must be set: whose tokens are good?";
            if (options.Keys.Length == 0 && options.KeyFile.Length == 0)
                yield return $"{Section}:Authority, {Section}:KeyFile or {Section}:Keys must be set: what are tokens signed with?";
        }
        else if (options.Keys.Length > 0 || options.KeyFile.Length > 0)
            yield return $"{Section}:Authority must not be set beside keys: whose would count?";
        else if (!Uri.TryCreate(options.Authority, UriKind.Absolute, out var authority)
            || !(authority.Scheme == Uri.UriSchemeHttps
                || (authority.Scheme == Uri.UriSchemeHttp && authority.IsLoopback)))
            yield return $"{Section}:Authority must be an https address: who stands between could put keys of their own in.";

        if (FailureOf(() => TokenKeys.Of(options)) is { } unusable)
            yield return unusable;
    }

    private IEnumerable<string> CertificateFailures(AuthenticationOptions options)
    {
        if (options.ClientRoots.Length == 0)
            yield return $"{Section}:ClientRoots must be set: where do clients' certificates come from?";
        else if (FailureOf(() => new ClientRoots(options.ClientRoots)) is { } unusable)
            yield return unusable;
        if (options.Mode == AuthenticationMode.Certificate
            && !ListenAddresses.Of(configuration).Any(ListenAddresses.IsSecure))
            yield return $"{Section}:Mode must not be Certificate alone where nothing listens on https: "
                + "set Kestrel:Endpoints:<name>:Url to an https address.";
    }

    private static string? FailureOf(Func<object> read)
    {
        try
        {
            read();
            return null;
        }
        catch (FormatException unusable)
        {
            return unusable.Message;
        }
    }

    private static ValidateOptionsResult Result(List<string> failures) =>
        failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;

    private string? FirstOffLoopback() =>
        ListenAddresses.Of(configuration).FirstOrDefault(url => !ListenAddresses.IsLoopback(url));
}
