namespace Messaging.Faults;

/// <summary>Which way bytes go.</summary>
public enum Direction
{
    /// <summary>From client to server.</summary>
    Up,

    /// <summary>From server to client.</summary>
    Down,
}
