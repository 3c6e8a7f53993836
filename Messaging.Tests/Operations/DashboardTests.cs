using System.Text.Json;
using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>
/// The dashboard against a real Prometheus while the service has load: it takes a minute, both cores, and Debian's package
/// <c>prometheus</c>. <c>MESSAGING_DASHBOARD_PICTURE</c> names the file into which it is drawn.
/// </summary>
[Explicit("needs Prometheus, and the machine for a minute")]
[CancelAfter(180_000)]
[NonParallelizable]
public sealed partial class DashboardTests
{
    private static readonly string[][] Loads =
    [
        ["--pairs", "2", "--in-flight", "4", "--seconds", "15"],
        ["--pairs", "16", "--in-flight", "64", "--seconds", "15"],
        ["--pairs", "4", "--in-flight", "16", "--seconds", "15"],
    ];

    [Test]
    public async Task Every_panel_returns_data_and_every_alert_is_evaluated()
    {
        using var dashboard = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(SourceFolder.Path, "docs/dashboards/messaging.json")));
        await using var server = new ServerProcess("--Messaging:Telemetry:Listen=127.0.0.1:0",
            "--Messaging:Limits:MessagesPerSecond=0", "--Messaging:Limits:BytesPerSecond=0",
            "--Messaging:Limits:UserMessagesPerSecond=0", "--Messaging:Limits:UserBytesPerSecond=0");
        await server.StartAsync();
        await using var prometheus = await PrometheusProcess.StartAsync(
            new Uri(ListensAt().Match(server.Output).Groups[1].Value), Path.Combine(SourceFolder.Path, "docs/dashboards/alerts.yml"));
        var began = TimeProvider.System.GetUtcNow();

        using var enough = new CancellationTokenSource();
        using var channel = GrpcChannel.ForAddress(server.Address);
        var trouble = MakeTroubleAsync(channel, enough.Token);
        foreach (var load in Loads)
        {
            var (code, output) = await OtherProgram.RunAsync(
                "dotnet", ["Messaging.Benchmarks.dll", "chat", "--url", server.Address, "--warmup", "0", "--repeat", "1", .. load],
                TimeSpan.FromSeconds(60), BenchmarksFolder);
            Assert.That(code, Is.Zero, output);
        }

        await enough.CancelAsync();
        await trouble.InTime("the trouble ends");
        await JudgeAsync(dashboard, prometheus, began);
    }

    private static string BenchmarksFolder =>
        AppContext.BaseDirectory.Replace("Messaging.Tests", "Messaging.Benchmarks", StringComparison.Ordinal);

    private static async Task JudgeAsync(JsonDocument dashboard, PrometheusProcess prometheus, DateTimeOffset began)
    {
        var now = TimeProvider.System.GetUtcNow();
        var picture = new DashboardPicture();
        var empty = new List<string>();
        foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
        {
            var title = panel.GetProperty("title").GetString()!;
            if (panel.GetProperty("type").GetString() == "row")
            {
                picture.AddRow(title);
                continue;
            }

            var lines = new List<(string, IReadOnlyList<(double, double)>)>();
            foreach (var target in panel.GetProperty("targets").EnumerateArray())
            {
                var expression = target.GetProperty("expr").GetString()!
                    .Replace("$__rate_interval", "5s", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal);
                var series = await prometheus.AskAsync(expression, began, now);
                if (!series.Any(one => one.Points.Any(point => double.IsFinite(point.Value))))
                    empty.Add($"{title}: {expression}");
                lines.AddRange(series.Select(one => (
                    Placeholder().Replace(
                        target.GetProperty("legendFormat").GetString()!, match => one.Labels.GetValueOrDefault(match.Groups[1].Value, "")),
                    one.Points)));
            }

            if (lines.Count > 0)
                picture.AddPanel(title, panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()!, lines);
        }

        Assert.That(empty, Is.Empty);
        Assert.That(await prometheus.RuleErrorsAsync(), Has.Count.EqualTo(12).And.All.Empty);
        Assert.That(await prometheus.AskAsync("ALERTS{alertstate=\"firing\"}"), Is.Empty);
        if (Environment.GetEnvironmentVariable("MESSAGING_DASHBOARD_PICTURE") is { Length: > 0 } file)
        {
            await File.WriteAllTextAsync(file, picture.Draw(
                "Answered by Prometheus: 2, 16 and 4 pairs that chat, 15 s each; beside them devices that repeat, do not "
                + "acknowledge, send what is no use, and do not say who they are."));
        }
    }

    /// <summary>What the load does not do: repeats, refusals, full windows, streams that come and go.</summary>
    private static async Task MakeTroubleAsync(GrpcChannel channel, CancellationToken enough)
    {
        for (var round = 0; !enough.IsCancellationRequested; round++)
        {
            await using var slow = await ConnectAsync(channel, "slow/phone", ("messaging-window", "2"));
            await using var alice = await ConnectAsync(channel, "alice/phone");
            for (var i = 0; i < 12; i++)
                await alice.SendAsync("slow", $"{round}-{i}");
            await alice.RepeatAsync(ProbeDevice.Text("slow", $"{round}-0"));
            await alice.AskAsync(ProbeDevice.Text("slow", $"{round}-0", "other"), isRepeat: true);
            await alice.AskAsync(new Message { Id = $"{round}-none" });
            await alice.ReadAsync("slow", "nothing");
            await slow.MessagesAsync(2);
            Assert.CatchAsync<RpcException>(() => ConnectAsync(channel, "/"));
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(round % 3), TimeProvider.System, enough);
            }
            catch (OperationCanceledException)
            {
                // The rest of the round is soon over.
            }

            await slow.ReadAsync("alice", $"{round}-0");
            await slow.AskAsync(new Signal
            {
                Id = $"{round}-1", To = new Identity { User = "alice" }, Type = SignalKind.Error, Error = "blank",
            });
            await slow.AcknowledgeAsync(slow.Head + 12);
            await using var again = await ConnectAsync(channel, "alice/phone");
            await alice.EndAsync();
            await again.HalfCloseAsync();
        }
    }

    private static Task<ProbeDevice> ConnectAsync(GrpcChannel channel, string name, params (string Name, string Value)[] headers)
    {
        var metadata = new Metadata();
        foreach (var (header, value) in headers)
            metadata.Add(header, value);
        return ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), name, metadata);
    }

    [GeneratedRegex(@"Metrics and health are at (\S+)")]
    private static partial Regex ListensAt();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Placeholder();
}
