using System.Net;
using Messaging.Service.Security;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Hosting;

/// <summary>Whether the service may tell callers apart as the settings say, where it is to listen.</summary>
internal sealed class AuthenticationRules(IHostEnvironment environment, IConfiguration configuration)
    : IValidateOptions<AuthenticationOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AuthenticationOptions options) => options.Mode switch
    {
        AuthenticationMode.Development when !environment.IsDevelopment() => ValidateOptionsResult.Fail(
            "Messaging:Authentication:Mode must not be Development outside the Development environment "
            + $"(this is {environment.EnvironmentName}): it believes whatever a caller says."),
        AuthenticationMode.Development when FirstOffLoopback() is { } address => ValidateOptionsResult.Fail(
            "Messaging:Authentication:Mode must not be Development where the service listens off loopback "
            + $"({address}): it believes whatever a caller says."),
        AuthenticationMode.Development => ValidateOptionsResult.Success,
        _ => ValidateOptionsResult.Fail(
            "Messaging:Authentication:Mode must be set; to try the service on this machine, set the environment "
            + "variable ASPNETCORE_ENVIRONMENT to Development, which sets it to Development."),
    };

    private string? FirstOffLoopback() => ListenAddresses.Of(configuration).FirstOrDefault(url => !IsLoopback(url));

    private static bool IsLoopback(string url)
    {
        // What is no URL is for Kestrel to refuse; what names no host ("*", "+", a bare port) is every interface.
        if (url.Contains("://unix:/", StringComparison.OrdinalIgnoreCase))
            return true;
        var host = BindingAddress.Parse(url).Host.Trim('[', ']');
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }
}
