using System.Text.Json;
using Messaging.Service.Security;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Messaging.Service.Hosting;

/// <summary>
/// Takes what <c>dotnet user-jwts</c> has set up (<c>Authentication:Schemes:Bearer</c>) for what the settings leave open:
/// in the Development environment, and nowhere else.
/// </summary>
internal sealed class UserJwts(IHostEnvironment environment, IConfiguration configuration)
    : IPostConfigureOptions<AuthenticationOptions>
{
    /// <inheritdoc/>
    public void PostConfigure(string? name, AuthenticationOptions options)
    {
        if (!environment.IsDevelopment() || !options.Mode.HasFlag(AuthenticationMode.Token)
            || options.Authority.Length + options.Keys.Length + options.KeyFile.Length > 0)
            return;

        var scheme = configuration.GetSection("Authentication:Schemes:Bearer");
        var secrets = scheme.GetSection("SigningKeys").GetChildren()
            .Select(key => key["Value"]).OfType<string>()
            .Select(value => new { kty = "oct", k = Base64UrlEncoder.Encode(Convert.FromBase64String(value)) })
            .ToList();
        if (secrets.Count == 0)
            return;

        Set(nameof(options.Keys), JsonSerializer.Serialize(new { keys = secrets }));
        if (options.Issuer.Length == 0)
            Set(nameof(options.Issuer), scheme["ValidIssuer"]);
        if (options.Audience.Length == 0)
            Set(nameof(options.Audience), scheme.GetSection("ValidAudiences").GetChildren().FirstOrDefault()?.Value);

        void Set(string property, string? value) =>
            typeof(AuthenticationOptions).GetProperty(property)!.SetValue(options, value ?? "");
    }
}
