using System.Diagnostics.Metrics;
using Grpc.HealthCheck;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Messaging.Service.Operations;

/// <summary>Sets up what operators see: metrics and traces and where they go, health, the start's and the stop's lines.</summary>
internal static class OperationsWiring
{
    /// <summary>The name of the meter, and of the activity source that goes with it.</summary>
    public const string Name = "Messaging.Service";

    // The usual settings of OpenTelemetry; its exporters read the others themselves.
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ServiceName = "OTEL_SERVICE_NAME";
    private const string Sampler = "OTEL_TRACES_SAMPLER";

    public static void AddOperations(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryRules>();
        services.AddSingleton(provider => provider.GetRequiredService<IMeterFactory>().Create(Name, StartAndStop.Version));

        // What comes first starts before the ledger is open, and stops after it is closed.
        services.AddHostedService<StartAndStop>();
        services.AddSingleton<HealthServiceImpl>();
        services.AddSingleton<ServiceHealth>();
        services.AddHostedService(provider => provider.GetRequiredService<ServiceHealth>());
        services.AddSingleton<OperatorsPort>();
        services.AddHostedService(provider => provider.GetRequiredService<OperatorsPort>());

        builder.AddExporters();
    }

    private static void AddExporters(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var isScraped = configuration["Messaging:Telemetry:Listen"] is not "";
        var isPushed = !string.IsNullOrEmpty(configuration[OtlpEndpoint]);
        if (!isScraped && !isPushed)
            return;

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(
            configuration[ServiceName] ?? "messaging", serviceVersion: StartAndStop.Version));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(Name, "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel");
            if (isScraped)
                metrics.AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false);
            if (isPushed)
                metrics.AddOtlpExporter();
        });
        if (!isPushed)
            return;
        telemetry.WithTracing(traces =>
        {
            traces.AddSource(Name, "Microsoft.AspNetCore").AddOtlpExporter();

            // A stream is traced where its client wants it, unless the operator says otherwise.
            if (string.IsNullOrEmpty(configuration[Sampler]))
                traces.SetSampler(new ParentBasedSampler(new AlwaysOffSampler()));
        });
    }
}
