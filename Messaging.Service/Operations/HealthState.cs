namespace Messaging.Service.Operations;

/// <summary>What the service can do; it only moves on.</summary>
internal enum HealthState
{
    /// <summary>It opens its ledger.</summary>
    Starting,

    /// <summary>It takes streams.</summary>
    Ready,

    /// <summary>It takes streams, and should not: its file is known to be damaged.</summary>
    Damaged,

    /// <summary>It was told to stop: it answers what it has taken.</summary>
    Draining,

    /// <summary>Its ledger failed: the process ends.</summary>
    Failed,
}
