using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Messaging.Tests.Support;

namespace Messaging.Tests.Operations;

/// <summary>A Prometheus (Debian's package) on loopback, which scrapes one service every second.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = TemporaryFolder.Create();
    private readonly HttpClient _http;
    private readonly Process _process;

    private PrometheusProcess(Uri target, string rules)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var address = free.LocalEndpoint.ToString()!;
        free.Stop();
        File.WriteAllText(_folder.File("prometheus.yml"), $"""
            global: {"{"} scrape_interval: 1s, evaluation_interval: 1s {"}"}
            rule_files: ["{rules}"]
            scrape_configs:
              - job_name: messaging
                static_configs: [{"{"} targets: ["{target.Authority}"] {"}"}]
            """);
        _process = Process.Start("prometheus",
        [
            $"--config.file={_folder.File("prometheus.yml")}", $"--storage.tsdb.path={_folder.File("data")}",
            $"--web.listen-address={address}", "--log.level=error",
        ]);
        _http = new HttpClient { BaseAddress = new Uri($"http://{address}") };
    }

    public static async Task<PrometheusProcess> StartAsync(Uri target, string rules)
    {
        var prometheus = new PrometheusProcess(target, rules);
        await Wait.Eventually("Prometheus has scraped", async () =>
        {
            try
            {
                return (await prometheus.AskAsync("up == 1")).Count == 1;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return prometheus;
    }

    /// <summary>What an expression gives now: one value for each series.</summary>
    public async Task<IReadOnlyList<double>> AskAsync(string expression) =>
        [.. (await ResultAsync($"query?query={Uri.EscapeDataString(expression)}")).Select(series => Number(series.GetProperty("value")))];

    /// <summary>What an expression gave over a stretch of time, second by second.</summary>
    public async Task<IReadOnlyList<(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<(double At, double Value)> Points)>> AskAsync(
        string expression, DateTimeOffset from, DateTimeOffset to)
    {
        var result = await ResultAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"query_range?query={Uri.EscapeDataString(expression)}&start={from.ToUnixTimeSeconds()}&end={to.ToUnixTimeSeconds()}&step=1"));
        return
        [
            .. result.Select(series => (
                (IReadOnlyDictionary<string, string>)series.GetProperty("metric").EnumerateObject()
                    .ToDictionary(label => label.Name, label => label.Value.GetString()!),
                (IReadOnlyList<(double, double)>)
                [.. series.GetProperty("values").EnumerateArray().Select(point => (point[0].GetDouble(), Number(point)))])),
        ];
    }

    /// <summary>The error of each rule that it evaluates; empty where there is none.</summary>
    public async Task<IReadOnlyList<string>> RuleErrorsAsync()
    {
        using var json = JsonDocument.Parse(await _http.GetStringAsync(new Uri("api/v1/rules", UriKind.Relative)));
        return
        [
            .. json.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray())
                .Select(rule => rule.TryGetProperty("lastError", out var error) ? error.GetString()! : ""),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync().InTime("Prometheus ends");
        _process.Dispose();
        _folder.Dispose();
    }

    private static double Number(JsonElement point) => double.Parse(point[1].GetString()!, CultureInfo.InvariantCulture);

    private async Task<List<JsonElement>> ResultAsync(string query)
    {
        using var answer = await _http.GetAsync(new Uri($"api/v1/{query}", UriKind.Relative));
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            throw new HttpRequestException("Prometheus is not ready.");
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(json.RootElement.GetProperty("error").GetString());
        return [.. json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(one => one.Clone())];
    }
}
