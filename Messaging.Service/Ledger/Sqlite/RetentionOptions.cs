using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>
/// For how long the bodies of messages and the texts of reports are kept. Nothing is removed unless an age or a size is set.
/// </summary>
public sealed record RetentionOptions
{
    /// <summary>
    /// How old a message becomes that every device of every member has acknowledged. Default 0: it is kept. Short leaves new
    /// devices, and re-reads, little.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "36500.00:00:00")]
    public TimeSpan Age { get; init; }

    /// <summary>
    /// How old any message becomes, fetched or not. Default 0: it is kept. A device that was away for longer does not get
    /// it; shorter than <see cref="Age"/> leaves that nothing to do.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "36500.00:00:00")]
    public TimeSpan UndeliveredAge { get; init; }

    /// <summary>
    /// Bytes of bodies that are kept; past them the oldest go, fetched or not. Rows that are not folded yet are not counted.
    /// Default 0: no limit. Small loses what devices that are away have not fetched.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long Bytes { get; init; }

    /// <summary>
    /// How long a device that is not seen holds back what it has not acknowledged. Default 90 days; 0 for ever. Short lets
    /// go of what a device on a long journey has not fetched.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "36500.00:00:00")]
    public TimeSpan DeviceAge { get; init; } = TimeSpan.FromDays(90);

    /// <summary>No setting: how long after a walk to its end what was held back is looked at again. Default 10 minutes.</summary>
    internal TimeSpan BetweenWalks { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether anything is ever to go.</summary>
    internal bool IsOn => Age > TimeSpan.Zero || UndeliveredAge > TimeSpan.Zero || Bytes > 0;
}
