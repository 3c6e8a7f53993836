using System.Net;

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
        var ports = Split(configuration[WebHostDefaults.HttpPortsKey]).Select(port => $"http://*:{port}")
            .Concat(Split(configuration[WebHostDefaults.HttpsPortsKey]).Select(port => $"https://*:{port}"));
        return [.. endpoints, .. urls.Length > 0 ? urls : ports];
    }

    /// <summary>Whether nobody on another machine reaches it.</summary>
    /// <exception cref="FormatException">It is no address.</exception>
    public static bool IsLoopback(string url)
    {
        // What is no URL is for Kestrel to refuse; what names no host ("*", "+", a bare port) is every interface.
        if (url.Contains("://unix:/", StringComparison.OrdinalIgnoreCase))
            return true;
        var host = BindingAddress.Parse(url).Host.Trim('[', ']');
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }

    public static bool IsSecure(string url) => url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static string[] Split(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
