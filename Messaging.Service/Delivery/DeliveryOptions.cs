using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Delivery;

/// <summary>How entries go down to a device (protocol §5), <c>Messaging:Delivery</c>.</summary>
public sealed record DeliveryOptions
{
    /// <summary>
    /// Entries in flight to one device at most, and unless it asks for fewer. Default 64. Small costs a round trip
    /// per entry on a slow link, large costs memory per slow device.
    /// </summary>
    [Range(1, 4096)]
    public int Window { get; init; } = 64;

    /// <summary>Bytes in flight to one device at most; one entry may always go. Default 1 MiB.</summary>
    [Range(1024, 64 << 20)]
    public int WindowBytes { get; init; } = 1 << 20;

    /// <summary>
    /// A position signal goes down after this much silence. Default 30 seconds. Long leaves clients unaware of a dead
    /// stream, short wakes phones.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(30);
}
