using System.Security.Authentication;
using Grpc.AspNetCore.Server;
using Messaging.Service.Operations;
using Messaging.Service.Security;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Messaging.Service.Hosting;

/// <summary>Puts together what tells callers: the gate before every method, tokens, certificates, TLS.</summary>
internal static class CallerWiring
{
    public static void AddCallers(this IServiceCollection services)
    {
        services.AddSingleton<IPostConfigureOptions<AuthenticationOptions>, UserJwts>();
        services.AddSingleton<IValidateOptions<AuthenticationOptions>, AuthenticationRules>();
        services.AddSingleton<IValidateOptions<AuthenticationOptions>, TransportRules>();
        services.AddSingleton<CallerNames>();
        services.AddSingleton(provider =>
        {
            var loggers = provider.GetRequiredService<ILoggerFactory>();
            var bounded = new BoundedLog(
                loggers.CreateLogger(AuditLog.Category), provider.GetRequiredService<TelemetryOptions>(),
                provider.GetRequiredService<TimeProvider>());
            return new AuditLog(loggers, bounded);
        });
        services.AddHostedService<SetUpAudit>();
        services.AddTokens();
        services.AddSingleton(provider => new ClientRoots(provider.GetRequiredService<AuthenticationOptions>().ClientRoots));
        services.AddSingleton<CertificateIdentity>();
        services.AddSingleton<DevelopmentIdentity>();
        services.AddSingleton<CredentialIdentity>();
        services.AddSingleton<ICallerIdentity>(provider =>
            provider.GetRequiredService<AuthenticationOptions>().Mode == AuthenticationMode.Development
                ? provider.GetRequiredService<DevelopmentIdentity>()
                : provider.GetRequiredService<CredentialIdentity>());

        services.AddSingleton<CallerGate>();
        services.Configure<GrpcServiceOptions>(grpc => grpc.Interceptors.Add<CallerGate>());
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<AuthenticationOptions>>(
            (kestrel, callers) => kestrel.ConfigureHttpsDefaults(https => Configure(https, callers.Value.Mode)));
    }

    // Not AddJwtBearer: that would read Authentication:Schemes beside our own settings, in every environment.
    private static void AddTokens(this IServiceCollection services)
    {
        // Nor AddAuthentication: it keeps keys of its own on disk, for cookies that nobody bakes here.
        services.AddAuthenticationCore(schemes => schemes.DefaultScheme = JwtBearerDefaults.AuthenticationScheme);
        services.AddWebEncoders();
        new Microsoft.AspNetCore.Authentication.AuthenticationBuilder(services)
            .AddScheme<JwtBearerOptions, JwtBearerHandler>(JwtBearerDefaults.AuthenticationScheme, configureOptions: null);
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>, TokenRules>();
        services.AddSingleton<IPostConfigureOptions<JwtBearerOptions>, JwtBearerPostConfigureOptions>();

        // A key that the authority has withdrawn would be good for another hour.
        services.PostConfigureAll<JwtBearerOptions>(static tokens =>
        {
            if (tokens.ConfigurationManager is BaseConfigurationManager authority)
                authority.UseLastKnownGoodConfiguration = false;
        });
        services.AddSingleton<TokenIdentity>();
    }

    private static void Configure(HttpsConnectionAdapterOptions https, AuthenticationMode mode)
    {
        https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        if (!mode.HasFlag(AuthenticationMode.Certificate))
            return;

        // Judged call by call, where there is a status to say no with.
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.AllowAnyClientCertificate();
    }
}
