using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Messaging.Tests.Operations;

/// <summary>Takes what OpenTelemetry's exporter pushes over HTTP, and keeps the bodies: names are in them as they are.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _taken = new();

    private Collector()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            _taken.Enqueue((context.Request.Path.Value!, body.ToArray()));
            context.Response.StatusCode = StatusCodes.Status200OK;
        });
    }

    public string Address => _app.Urls.First();

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>How often a text came in what was pushed to a path.</summary>
    public int Count(string path, string text) => Count(path, Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Count(string, string)"/>
    public int Count(string path, byte[] text)
    {
        var count = 0;
        foreach (var (_, body) in _taken.Where(one => one.Path == path))
        {
            for (var at = 0; body.AsSpan(at).IndexOf(text) is >= 0 and var found; at += found + text.Length)
                count++;
        }

        return count;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
