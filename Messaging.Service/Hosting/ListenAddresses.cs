namespace Messaging.Service.Hosting;

/// <summary>Where the settings make the server listen.</summary>
internal static class ListenAddresses
{
    /// <summary>Clear text on loopback: to be reached from elsewhere takes a decision.</summary>
    public const string Default = "http://127.0.0.1:5080";

    /// <summary>All of them; a port alone means every interface. Empty where the settings say nothing.</summary>
    public static IEnumerable<string> Of(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren()
            .Select(endpoint => endpoint["Url"]).OfType<string>();
        var urls = Split(configuration[WebHostDefaults.ServerUrlsKey]);
        var ports = Split(configuration[WebHostDefaults.HttpPortsKey])
            .Concat(Split(configuration[WebHostDefaults.HttpsPortsKey]))
            .Select(port => $"http://*:{port}");
        return [.. endpoints, .. urls.Length > 0 ? urls : ports];
    }

    private static string[] Split(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
