using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Sync;

/// <summary>What one stream may ask of the server (protocol §2, §9), <c>Messaging:Streams</c>.</summary>
public sealed record StreamOptions
{
    /// <summary>
    /// Frames taken and not yet answered at most; past that the stream is not read. Default 4096. Small slows senders
    /// with many messages in flight, large lets a peer that does not read hold memory.
    /// </summary>
    [Range(1, 1 << 20)]
    public int Unanswered { get; init; } = 4096;

    /// <summary>A peer that takes no bytes for this long is cut off. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// At shut-down, what was taken is answered within this time. Default 5 seconds. Short makes clients send again
    /// what was stored, long delays the restart.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Where a refused message holds up others and none of them comes again for this long, the stream ends. Default 60
    /// seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FenceTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Bytes of one frame; one that is larger ends the stream. Default 1 MiB. Smaller than what a message may hold, it
    /// ends the streams of clients that keep to the other limits.
    /// </summary>
    [Range(1024, 64 << 20)]
    public int FrameBytes { get; init; } = 1 << 20;

    /// <summary>
    /// Statuses that wait for a device at most; past as many only the newest of each sender is kept. Default 64. Larger
    /// costs memory per slow device.
    /// </summary>
    [Range(1, 4096)]
    public int Awareness { get; init; } = 64;

    /// <summary>Frames answered <c>invalid_argument</c> in a row that end the stream. Default 100.</summary>
    [Range(1, 1 << 20)]
    public int InvalidInARow { get; init; } = 100;

    /// <summary>
    /// Frames a second, of whatever kind, that a stream is read for, with bursts of up to twice as many; 0 for no
    /// limit. Default 5,000. What comes faster is not refused: it waits, and flow control stops the peer.
    /// </summary>
    [Range(0, 1 << 20)]
    public int FramesPerSecond { get; init; } = 5_000;

    /// <summary>As <see cref="FramesPerSecond"/>, bytes of frames. Default 8 MiB.</summary>
    [Range(0, 1 << 30)]
    public int BytesPerSecond { get; init; } = 8 << 20;

    /// <summary>
    /// Messages answered as over the rate that end the stream; 0 for no end. Default 50,000. Few cost an honest sender
    /// with much to send a connection now and then.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int OverRate { get; init; } = 50_000;

    /// <summary>
    /// A stream ends when it is as old, or up to a fifth younger, and its client opens the next one; 0 for no end.
    /// Default 4 hours. Short wakes phones, long keeps streams on a server that others have left.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(4);
}
