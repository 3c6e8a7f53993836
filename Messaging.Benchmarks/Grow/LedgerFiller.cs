using System.Diagnostics;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Benchmarks.Grow;

/// <summary>Fills a ledger through its own door, as the service would, but without connections.</summary>
internal sealed class LedgerFiller(GrowOptions options, TextWriter progress)
{
    private const int MessagesPerVisit = 10;
    private const int ConversationsEach = 8;
    private const int ReportEvery = 200_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private long _sent;

    /// <summary>The user whose device will come back to its queue; the first is 1.</summary>
    public static string AwayUser(int number) => $"grow-away-{number}";

    public int Messages(int away) => options.Messages + options.Known + options.Long + (away * options.Away);

    public async Task<FillResult> RunAsync(string path, int away, CancellationToken cancellationToken)
    {
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = path }, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
        var started = Stopwatch.GetTimestamp();
        await FillConversationsAsync(ledger, cancellationToken);
        await FillOneWayAsync(ledger, "grow-announcer", i => $"grow-known-{i}", options.Known, cancellationToken);
        for (var i = 1; i <= away; i++)
        {
            var recipient = AwayUser(i);
            await FillOneWayAsync(ledger, "grow-writer", _ => recipient, options.Away, cancellationToken);
        }

        var (first, last) = await FillLongAsync(ledger, cancellationToken);
        return new FillResult(_sent / Stopwatch.GetElapsedTime(started).TotalSeconds, first, last);
    }

    private async Task FillConversationsAsync(SqliteLedger ledger, CancellationToken cancellationToken)
    {
        var devices = new FillingDevice[options.Users];
        try
        {
            for (var i = 0; i < devices.Length; i++)
                devices[i] = new FillingDevice(ledger, new Party($"grow-{i}", "filling"), options.Payload);
            await Task.WhenAll(devices.Select(device => device.OpenAsync(cancellationToken)));

            for (var visit = 0; visit * MessagesPerVisit < options.Messages; visit++)
            {
                var sender = visit % options.Users;
                var recipient = (sender + 1 + (visit / options.Users % ConversationsEach)) % options.Users;
                await devices[sender].AcknowledgeAsync(cancellationToken);
                await SendAsync(devices[sender], _ => $"grow-{recipient}", MessagesPerVisit, cancellationToken);
            }

            await SettleAsync(devices, cancellationToken);
            foreach (var device in devices)
                await device.AcknowledgeAsync(cancellationToken);
            await SettleAsync(devices, cancellationToken);
        }
        finally
        {
            foreach (var device in devices)
                device?.Dispose();
        }
    }

    private async Task FillOneWayAsync(
        SqliteLedger ledger, string user, Func<int, string> recipient, int count, CancellationToken cancellationToken)
    {
        using var device = new FillingDevice(ledger, new Party(user, "filling"), options.Payload);
        await device.OpenAsync(cancellationToken);
        await SendAsync(device, recipient, count, cancellationToken);
        await SettleAsync([device], cancellationToken);
    }

    private async Task<(double First, double Last)> FillLongAsync(
        SqliteLedger ledger, CancellationToken cancellationToken)
    {
        const int tenths = 10;
        using var sender = new FillingDevice(ledger, new Party("grow-long-1", "filling"), options.Payload);
        using var receiver = new FillingDevice(ledger, new Party("grow-long-2", "filling"), options.Payload);
        await sender.OpenAsync(cancellationToken);
        await receiver.OpenAsync(cancellationToken);
        var rates = new double[tenths];
        for (var tenth = 0; tenth < tenths; tenth++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < options.Long / tenths; i += MessagesPerVisit)
            {
                await SendAsync(sender, _ => "grow-long-2", MessagesPerVisit, cancellationToken);
                await receiver.AcknowledgeAsync(cancellationToken);
            }

            await SettleAsync([sender, receiver], cancellationToken);
            rates[tenth] = options.Long / tenths / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        await receiver.AcknowledgeAsync(cancellationToken);
        await sender.AcknowledgeAsync(cancellationToken);
        await SettleAsync([sender, receiver], cancellationToken);
        return (rates[0], rates[^1]);
    }

    private async ValueTask SendAsync(
        FillingDevice device, Func<int, string> recipient, int count, CancellationToken cancellationToken)
    {
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 0; i < count; i++)
        {
            await device.SendAsync(recipient(i), timestamp, cancellationToken);
            if (++_sent % ReportEvery == 0)
                progress.WriteLine($"filling    {_sent:N0} messages");
        }
    }

    private static async Task SettleAsync(FillingDevice[] devices, CancellationToken cancellationToken)
    {
        while (devices.Any(device => device.Pending > 0))
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
    }
}
