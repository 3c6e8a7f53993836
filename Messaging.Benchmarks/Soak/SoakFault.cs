namespace Messaging.Benchmarks.Soak;

/// <summary>What is broken on purpose.</summary>
internal enum SoakFault
{
    /// <summary>Connections are reset.</summary>
    Cut,

    /// <summary>Nothing passes for some seconds, then everything does.</summary>
    Stall,

    /// <summary>Nothing passes any more, and nobody is told.</summary>
    HalfOpen,

    /// <summary>A few kilobytes a second.</summary>
    Slow,

    /// <summary>The service is told to stop, and started again.</summary>
    Drain,

    /// <summary>The service is killed, and started again.</summary>
    Kill,

    /// <summary>The service's process stands still, as on a machine that sleeps.</summary>
    Freeze,

    /// <summary>A client is closed and opened again on its store.</summary>
    Reopen,

    /// <summary>Somebody reads the ledger's file in one long transaction, so that its log cannot start anew.</summary>
    Reader,
}
