namespace Messaging.Faults;

/// <summary>What a network does to a connection.</summary>
public enum FaultKind
{
    /// <summary>Both ends are told by a reset, what is under way is gone.</summary>
    Reset,

    /// <summary>Both ends are told by a FIN, after the last byte that passed.</summary>
    Finish,

    /// <summary>One direction ends with a FIN, the other goes on.</summary>
    FinishOneWay,

    /// <summary>Nothing passes for a while, then everything does.</summary>
    Stall,

    /// <summary>Nothing passes in one direction for a while, then everything does.</summary>
    StallOneWay,

    /// <summary>A few kilobytes a second for a while, or byte by byte.</summary>
    Slow,

    /// <summary>Nothing passes any more, and nobody is told.</summary>
    HalfOpen,

    /// <summary>The server is told by a reset; the client believes that the connection is open.</summary>
    HalfOpenAtClient,

    /// <summary>The client is told by a reset; the server believes that the connection is open.</summary>
    HalfOpenAtServer,

    /// <summary>What the client sends is lost from now on, what the server sends arrives.</summary>
    UpLost,

    /// <summary>What the server sends is lost from now on, what the client sends arrives.</summary>
    DownLost,
}
