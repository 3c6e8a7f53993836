using Messaging.Service.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Messaging.Service.Hosting;

/// <summary>What the web server lets a peer do, lowered to what a device needs.</summary>
internal static class WebServerLimits
{
    // What a peer that sends without end can fill before its stream, or any of its connection's, is read on.
    private const int StreamWindow = 256 * 1024;
    private const int ConnectionWindow = 512 * 1024;

    // The web server looks once a second.
    private static readonly TimeSpan ShortestPing = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPingTimeout = TimeSpan.FromSeconds(20);

    public static void Configure(KestrelServerOptions kestrel, ConnectionLimits connections, ConnectionGate gate)
    {
        kestrel.AddServerHeader = false;
        kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            endpoint.Use(next => connection => gate.PassAsync(connection, next));
        });

        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = connections.Total == 0 ? null : connections.Total;
        limits.KeepAliveTimeout = connections.IdleTimeout;
        limits.RequestHeadersTimeout = connections.HeadersTimeout;
        limits.MaxRequestHeadersTotalSize = connections.HeaderBytes;
        limits.MaxRequestHeaderCount = connections.Headers;
        limits.Http2.MaxRequestHeaderFieldSize = connections.HeaderBytes;
        limits.Http2.MaxStreamsPerConnection = connections.Streams;
        limits.Http2.InitialStreamWindowSize = StreamWindow;
        limits.Http2.InitialConnectionWindowSize = ConnectionWindow;

        // A stream lasts for hours and is silent for most of them: it has no rate, and no size. Pings find dead
        // connections; the sessions, and the gate, find peers that do not read.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.MaxRequestBodySize = null;
    }

    /// <summary>
    /// A client whose frames are lost on their way still hears the heartbeats: only the server can find that out, and it
    /// asks for a sign of life as often as it gives one.
    /// </summary>
    public static void ConfigurePings(Http2Limits limits, TimeSpan heartbeat)
    {
        limits.KeepAlivePingDelay = heartbeat < ShortestPing ? ShortestPing : heartbeat;
        limits.KeepAlivePingTimeout =
            limits.KeepAlivePingDelay < LongestPingTimeout ? limits.KeepAlivePingDelay : LongestPingTimeout;
    }
}
