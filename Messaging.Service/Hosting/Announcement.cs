using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Security;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Messaging.Service.Hosting;

/// <summary>What the service says once it runs: where it listens, which version it is, where it keeps the ledger, how to try it.</summary>
internal static class Announcement
{
    public static void Write(WebApplication app, TextWriter output)
    {
        var server = app.Services.GetRequiredService<IServer>();
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        output.WriteLine($"Messaging listens on {string.Join(", ", addresses)}");
        output.WriteLine($"The version is {ProgramVersion.Text}");
        output.WriteLine($"The ledger is {app.Services.GetRequiredService<LedgerOptions>().Path}");
        if (app.Services.GetRequiredService<AuthenticationOptions>().Mode != AuthenticationMode.Development)
            return;

        var target = addresses.Select(BindingAddress.Parse).Where(address => !address.IsUnixPipe)
            .Select(address => $"{address.Host}:{address.Port}").FirstOrDefault();
        if (target is null)
            return;
        output.WriteLine("To try it, as alice on her phone:");
        output.WriteLine(
            $"  grpcurl -plaintext -H 'messaging-user: alice' -H 'messaging-device: phone' -d @ {target} "
            + "messaging.v1.MessagingService/Sync");
    }
}
