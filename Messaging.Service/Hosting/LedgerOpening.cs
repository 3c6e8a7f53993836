using System.Diagnostics.Metrics;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;

namespace Messaging.Service.Hosting;

/// <summary>Opens the ledger where the settings say. The one place that knows which kind it is.</summary>
internal static class LedgerOpening
{
    public static async Task<ILedger> OpenAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var options = services.GetRequiredService<LedgerOptions>()
            with { Retention = services.GetRequiredService<RetentionOptions>() };
        try
        {
            return await SqliteLedger.OpenAsync(
                options, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<SqliteLedger>>(),
                services.GetRequiredService<LedgerCondition>(), services.GetRequiredService<Meter>(),
                services.GetRequiredService<IMessagingPolicy>());
        }
        catch (LedgerUnusableException refused)
        {
            throw new StartupException(refused.Message, refused);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"Messaging:Ledger:Path must be where a file can be written ({options.Path}): {refused.Message}", refused);
        }
    }
}
