using Grpc.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Messaging.Service.Security;

/// <summary>
/// Which access tokens are good: the settings put into the terms of the web server's bearer authentication, and what it
/// finds put into a <see cref="TokenVerdict"/>.
/// </summary>
internal sealed class TokenRules(AuthenticationOptions settings, CallerNames names, TimeProvider time)
    : IConfigureNamedOptions<JwtBearerOptions>
{
    private const string Bearer = "Bearer ";

    // How long the authority may take, and how often tokens that no key fits, which anybody can make, have it asked again.
    private static readonly TimeSpan AuthorityTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeysInterval = TimeSpan.FromSeconds(10);

    private readonly TokenKeys _keys = TokenKeys.Of(settings);

    public void Configure(string? name, JwtBearerOptions options) => Configure(options);

    public void Configure(JwtBearerOptions options)
    {
        options.Authority = settings.Authority.Length > 0 ? settings.Authority : null;
        options.RequireHttpsMetadata = false; // the start-up check lets clear text through on loopback only
        options.BackchannelTimeout = AuthorityTimeout;
        options.RefreshInterval = KeysInterval;
        options.MapInboundClaims = false;
        options.SaveToken = false;
        options.IncludeErrorDetails = false;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = settings.Issuer.Length > 0 ? settings.Issuer : null,
            ValidAudience = settings.Audience,
            ClockSkew = settings.ClockSkew,
            TryAllIssuerSigningKeys = false,
            AlgorithmValidator = (algorithm, key, _, _) => _keys.Fits(key, algorithm),
            IssuerSigningKeyResolver =
                settings.Authority.Length > 0 ? null : (_, token, kid, _) => _keys.For(kid, ((JsonWebToken)token).Alg),
            LifetimeValidator = (notBefore, expires, _, _) => IsAlive(notBefore, expires),
            LogValidationExceptions = false,
        };
        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = ReceiveAsync,
            OnAuthenticationFailed = call => RefuseAsync(call, TextOf(call.Exception)),
            OnTokenValidated = Accept,
        };
    }

    private async Task ReceiveAsync(MessageReceivedContext call)
    {
        var header = call.Request.Headers.Authorization;
        if (!settings.Mode.HasFlag(AuthenticationMode.Token) || header.Count == 0)
        {
            call.NoResult();
            return;
        }

        var text = header[0] ?? "";
        if (header.Count > 1)
            await RefuseAsync(call, "authorization was sent more than once");
        else if (!text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            await RefuseAsync(call, "authorization is not a bearer token");
        else if (text.Length - Bearer.Length > settings.TokenCharacters)
            await RefuseAsync(call, $"the access token is longer than {settings.TokenCharacters} characters");
        else if (!await HasKeysAsync(call))
            await RefuseAsync(call, "access tokens cannot be checked for now; connect again", StatusCode.Unavailable);
        else
            call.Token = text[Bearer.Length..].Trim();
    }

    /// <summary>Whether the authority's keys are there: that they cannot be had is no fault of the token.</summary>
    private async ValueTask<bool> HasKeysAsync(MessageReceivedContext call)
    {
        if (call.Options.ConfigurationManager is not { } authority)
            return true;

        // Who comes while it is being asked waits for a turn to ask it themselves.
        using var late = new CancellationTokenSource(AuthorityTimeout, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, call.HttpContext.RequestAborted);
        try
        {
            if ((await authority.GetConfigurationAsync(over.Token)).SigningKeys.Count > 0)
                return true;
            authority.RequestRefresh();
            return false;
        }
        catch (Exception none) when (none is InvalidOperationException or OperationCanceledException)
        {
            return false;
        }
    }

    private Task Accept(TokenValidatedContext call)
    {
        if (TokenClaims.Read((JsonWebToken)call.SecurityToken, names, out var problem) is not { } claims)
            return RefuseAsync(call, problem!);
        call.HttpContext.Features.Set(TokenVerdict.Accept(claims));
        return Task.CompletedTask;
    }

    private static Task RefuseAsync(
        ResultContext<JwtBearerOptions> call, string text, StatusCode code = StatusCode.Unauthenticated)
    {
        call.HttpContext.Features.Set(TokenVerdict.Refuse(text, code));
        call.Fail(text);
        return Task.CompletedTask;
    }

    /// <exception cref="SecurityTokenValidationException">It is not.</exception>
    private bool IsAlive(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires is not { } end ? throw new SecurityTokenNoExpirationException()
            : now - settings.ClockSkew >= end ? throw new SecurityTokenExpiredException()
            : notBefore is { } start && now + settings.ClockSkew < start ? throw new SecurityTokenNotYetValidException()
            : true;
    }

    // Nothing of what the service expects, nothing of the token: whose fault it is, and no more.
    private static string TextOf(Exception failure) => failure switch
    {
        SecurityTokenNoExpirationException => "the access token has no exp",
        SecurityTokenExpiredException => "the access token has expired",
        SecurityTokenNotYetValidException => "the access token is not valid yet",
        SecurityTokenInvalidIssuerException => "the access token has the wrong issuer",
        SecurityTokenInvalidAudienceException => "the access token has the wrong audience",
        _ => "the access token is not valid",
    };
}
