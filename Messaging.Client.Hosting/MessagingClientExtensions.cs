using Messaging.Client;
using Messaging.Client.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Messaging clients in a host: they start and stop with it, and log where it does.</summary>
public static class MessagingClientExtensions
{
    private const string HealthName = "messaging";

    /// <summary>Adds the <see cref="MessagingClient"/> that a section of the configuration describes.</summary>
    /// <param name="services">Where it is added, as a singleton.</param>
    /// <param name="section">Has the members of <see cref="MessagingClientSettings"/>; read when the host starts.</param>
    /// <param name="configure">Last, what does not come from configuration.</param>
    public static IServiceCollection AddMessagingClient(
        this IServiceCollection services, IConfigurationSection section,
        Func<IServiceProvider, MessagingClientOptions, MessagingClientOptions>? configure = null) =>
        Add(services, key: null, section, configure);

    /// <summary>
    /// Adds one of several clients, as a keyed singleton: for a service that speaks for more than one user.
    /// </summary>
    /// <param name="services">Where it is added.</param>
    /// <param name="key">By which it is asked for.</param>
    /// <param name="section">Has the members of <see cref="MessagingClientSettings"/>; read when the host starts.</param>
    /// <param name="configure">Last, what does not come from configuration.</param>
    public static IServiceCollection AddKeyedMessagingClient(
        this IServiceCollection services, string key, IConfigurationSection section,
        Func<IServiceProvider, MessagingClientOptions, MessagingClientOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Add(services, key, section, configure);
    }

    /// <summary>
    /// Adds a check of a client: healthy while it is connected, degraded while it is not, unhealthy once it has ended.
    /// </summary>
    /// <param name="health">The host's health checks.</param>
    /// <param name="key">The client's key. Default: null, the one that was added without.</param>
    /// <param name="name">The check's. Default: null, <c>messaging</c>, or <c>messaging:</c> and the key.</param>
    public static IHealthChecksBuilder AddMessagingClient(
        this IHealthChecksBuilder health, string? key = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(health);
        return health.Add(new HealthCheckRegistration(
            name ?? (key is null ? HealthName : $"{HealthName}:{key}"),
            provider => new MessagingClientHealth(provider.GetRequiredKeyedService<MessagingClient>(key)),
            failureStatus: null, tags: null));
    }

    private static IServiceCollection Add(
        IServiceCollection services, string? key, IConfigurationSection section,
        Func<IServiceProvider, MessagingClientOptions, MessagingClientOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.AddKeyedSingleton(key, (provider, _) => new HostedClient(() => Read(provider, section, configure)));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<HostedClient>(key));
        services.AddKeyedSingleton(key, (provider, _) => provider.GetRequiredKeyedService<HostedClient>(key).Client);
        return services;
    }

    private static (MessagingClientOptions Options, string? StorePath) Read(
        IServiceProvider provider, IConfigurationSection section,
        Func<IServiceProvider, MessagingClientOptions, MessagingClientOptions>? configure)
    {
        var settings = new MessagingClientSettings();
        section.Bind(settings);
        var options = settings.ToOptions(section.Path) with
        {
            LoggerFactory = provider.GetRequiredService<ILoggerFactory>(),
            TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System,
        };
        options = configure?.Invoke(provider, options) ?? options;
        return (options, settings.StorePath);
    }
}
