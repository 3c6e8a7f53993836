using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Security;

/// <summary>What a connection may ask of the server before any stream is looked at, <c>Messaging:Connections</c>.</summary>
public sealed record ConnectionLimits
{
    /// <summary>Connections at a time; one more is closed at once. 0 for no limit. Default 20,000.</summary>
    [Range(0, 1 << 24)]
    public int Total { get; init; } = 20_000;

    /// <summary>
    /// Connections at a time from one address; one more is closed at once. 0 for no limit. Default 1,000. Few shut out
    /// devices behind one address, or a proxy.
    /// </summary>
    [Range(0, 1 << 24)]
    public int PerAddress { get; init; } = 1_000;

    /// <summary>Streams at a time on one connection; a client waits with one more, or connects again. Default 32.</summary>
    [Range(1, 1 << 16)]
    public int Streams { get; init; } = 32;

    /// <summary>Bytes of a call's headers, all together; more ends the call. Default 16 KiB: a token is among them.</summary>
    [Range(1024, 1 << 20)]
    public int HeaderBytes { get; init; } = 16 * 1024;

    /// <summary>Headers of a call; more end the call. Default 64.</summary>
    [Range(16, 1024)]
    public int Headers { get; init; } = 64;

    /// <summary>How long a call's headers may take to come. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection without a call ends after this long. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A connection on which nobody known has opened a stream or made a call for this long takes no further call, and is cut off soon after.
    /// Default 30 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan StrangerTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
