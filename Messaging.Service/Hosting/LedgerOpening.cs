using Messaging.Service.Ledger;

namespace Messaging.Service.Hosting;

/// <summary>Opens the ledger where the settings say. The one place that knows which kind it is.</summary>
internal static class LedgerOpening
{
    public static Task<ILedger> OpenAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var path = services.GetRequiredService<LedgerFileOptions>().FullPath;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The ledger's folder cannot be made: {refused.Message}", refused);
        }

        return Task.FromResult<ILedger>(new InMemoryLedger(services.GetRequiredService<TimeProvider>()));
    }
}
