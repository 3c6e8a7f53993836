using Grpc.AspNetCore.Server;
using Grpc.HealthCheck;
using Messaging.Service.Account;
using Messaging.Service.Delivery;
using Messaging.Service.History;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Operations;
using Messaging.Service.Security;
using Messaging.Service.Sync;
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
        services.AddSettings<AccountLimits>("Messaging:Account");
        services.AddSettings<HistoryOptions>("Messaging:History");
        services.AddSettings<MessageLimits>("Messaging:Limits");
        services.AddSettings<StreamOptions>("Messaging:Streams");
        services.AddSettings<ConnectionLimits>("Messaging:Connections");
        services.AddSettings<AuthenticationOptions>("Messaging:Authentication");
        services.AddSettings<LedgerOptions>("Messaging:Ledger");
        services.AddSettings<RetentionOptions>("Messaging:Retention");
        services.AddSingleton<IPostConfigureOptions<LedgerOptions>, LedgerPlace>();
        services.AddSingleton<IValidateOptions<LedgerOptions>, LedgerPlace>();
        services.AddOptions<HostOptions>().Configure<IOptions<StreamOptions>>(
            (host, streams) => host.ShutdownTimeout = streams.Value.DrainTimeout + AfterDraining);

        // Where systemd has started it, and nowhere else: READY once it listens, STOPPING, and logs as the journal takes them.
        services.AddSystemd();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSettings<TelemetryOptions>("Messaging:Telemetry");
        builder.AddOperations();
        services.AddSingleton<ILogger<DeviceSession>, BoundedLog<DeviceSession>>();
        services.AddSingleton<ILogger<SqliteLedger>, BoundedLog<SqliteLedger>>();
        services.AddSingleton<OpenLedger>(LedgerOpening.OpenAsync);
        services.AddSingleton<LedgerCondition>();
        services.AddSingleton<LedgerHost>();
        services.AddHostedService(provider => provider.GetRequiredService<LedgerHost>());
        services.AddSingleton<ILedger>(provider => provider.GetRequiredService<LedgerHost>().Ledger);

        services.AddCallers();
        services.AddSingleton<ShapeRules>();
        services.AddSingleton<MessageRates>();
        services.AddSingleton<ConnectionGate>();
        services.TryAddSingleton<IMessagingPolicy, BlockListPolicy>();
        services.AddSingleton<ConnectedDevices>();
        services.AddSingleton<SyncTelemetry>();
        services.AddSingleton<SessionServices>();
        services.AddSingleton<StreamDrain>();
        services.AddHostedService(provider => provider.GetRequiredService<StreamDrain>());
        services.AddSingleton<MessagingEndpoint>();
        services.AddSingleton<AccountRules>();
        services.AddSingleton<AccountEndpoint>();
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
    }

    public static void MapMessaging(this WebApplication app)
    {
        EndlessCalls.EndWithStreams(app, app.Services.GetRequiredService<StreamDrain>().Drained);
        app.MapGrpcService<MessagingEndpoint>();
        app.MapGrpcService<AccountEndpoint>();
        app.MapGrpcService<HistoryEndpoint>();
        app.MapGrpcService<HealthServiceImpl>().AllowAnonymous();
        if (app.Environment.IsDevelopment())
            app.MapGrpcReflectionService().AllowAnonymous();
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
