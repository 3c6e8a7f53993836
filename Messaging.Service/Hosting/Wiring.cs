using Grpc.AspNetCore.Server;
using Messaging.Service.Delivery;
using Messaging.Service.History;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Operations;
using Messaging.Service.Security;
using Messaging.Service.Sync;
using Messaging.V1;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Hosting;

/// <summary>Puts the rooms together.</summary>
internal static class Wiring
{
    private static readonly TimeSpan AfterDraining = TimeSpan.FromSeconds(5);

    public static void AddMessaging(this WebApplicationBuilder builder)
    {
        KnownSettings.Check(builder.Configuration);
        if (!ListenAddresses.Of(builder.Configuration).Any())
            builder.WebHost.UseUrls(ListenAddresses.Default);

        var services = builder.Services;
        services.AddOptions<KestrelServerOptions>()
            .Configure<ConnectionLimits, ConnectionGate>(WebServerLimits.Configure)
            .Configure<DeliveryOptions>(
                (kestrel, delivery) => WebServerLimits.ConfigurePings(kestrel.Limits.Http2, delivery.Heartbeat));
        services.AddSettings<DeliveryOptions>("Messaging:Delivery");
        services.AddSettings<HistoryOptions>("Messaging:History");
        services.AddSettings<MessageLimits>("Messaging:Limits");
        services.AddSettings<StreamOptions>("Messaging:Streams");
        services.AddSettings<ConnectionLimits>("Messaging:Connections");
        services.AddSettings<AuthenticationOptions>("Messaging:Authentication");
        services.AddSettings<LedgerOptions>("Messaging:Ledger");
        services.AddSingleton<IValidateOptions<AuthenticationOptions>, AuthenticationRules>();
        services.AddSingleton<IPostConfigureOptions<LedgerOptions>, LedgerPlace>();
        services.AddSingleton<IValidateOptions<LedgerOptions>, LedgerPlace>();
        services.AddOptions<HostOptions>().Configure<IOptions<StreamOptions>>(
            (host, streams) => host.ShutdownTimeout = streams.Value.DrainTimeout + AfterDraining);

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<OpenLedger>(LedgerOpening.OpenAsync);
        services.AddSingleton<LedgerCondition>();
        services.AddSingleton<LedgerHost>();
        services.AddHostedService(provider => provider.GetRequiredService<LedgerHost>());
        services.AddSingleton<ILedger>(provider => provider.GetRequiredService<LedgerHost>().Ledger);

        services.AddSingleton<ICallerIdentity, DevelopmentIdentity>();
        services.AddSingleton<ShapeRules>();
        services.AddSingleton<MessageRates>();
        services.AddSingleton<ConnectionGate>();
        services.AddSingleton<ConnectedDevices>();
        services.AddSingleton<SessionServices>();
        services.AddSingleton<StreamDrain>();
        services.AddHostedService(provider => provider.GetRequiredService<StreamDrain>());
        services.AddSingleton<MessagingEndpoint>();
        services.AddSingleton<UserCalls>();
        services.AddSingleton<HistoryEndpoint>();

        services.AddGrpc();
        services.AddOptions<GrpcServiceOptions>().Configure<IOptions<StreamOptions>>(
            (grpc, streams) =>
            {
                grpc.MaxReceiveMessageSize = streams.Value.FrameBytes;
                grpc.EnableDetailedErrors = false;

                // A few bytes could become a whole frame: what comes compressed is not taken (UNIMPLEMENTED).
                grpc.CompressionProviders.Clear();
            });
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks(health => health.Services.Map(MessagingService.Descriptor.FullName, _ => true))
            .AddCheck<LedgerHealth>("ledger");
    }

    public static void MapMessaging(this WebApplication app)
    {
        EndlessCalls.EndWithHost(app);
        app.MapGrpcService<MessagingEndpoint>();
        app.MapGrpcService<HistoryEndpoint>();
        app.MapGrpcHealthChecksService();
        if (app.Environment.IsDevelopment())
            app.MapGrpcReflectionService();
    }

    private static void AddSettings<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddOptions<T>().ValidateOnStart();
        services.AddSingleton<IConfigureOptions<T>>(provider => Section(provider));
        services.AddSingleton<IValidateOptions<T>>(provider => Section(provider));
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<T>>().Value);

        SettingsSection<T> Section(IServiceProvider provider) =>
            new(section, provider.GetRequiredService<IConfiguration>());
    }
}
