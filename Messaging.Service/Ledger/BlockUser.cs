namespace Messaging.Service.Ledger;

/// <summary>
/// Nothing that a user sends reaches the caller any more (protocol §11): Recorded, also where it was so before, or
/// TooMany. Whether there is such a user is not looked at.
/// </summary>
/// <param name="caller">See <see cref="AccountWork"/>.</param>
/// <param name="user">Who is blocked; not the caller.</param>
public sealed class BlockUser(Party caller, string user) : AccountWork(caller)
{
    public string User { get; } = user;
}

/// <summary>Takes a block back (protocol §11): Recorded, also where there was none.</summary>
/// <param name="caller">See <see cref="AccountWork"/>.</param>
/// <param name="user">Who is blocked no longer.</param>
public sealed class UnblockUser(Party caller, string user) : AccountWork(caller)
{
    public string User { get; } = user;
}

/// <summary>Reads a stretch of the caller's block list, in the order of the names' characters: Recorded.</summary>
/// <param name="caller">See <see cref="AccountWork"/>.</param>
/// <param name="after">Behind this name; empty for the beginning.</param>
/// <param name="most">As many at most.</param>
public sealed class ListBlocked(Party caller, string after, int most) : AccountWork(caller)
{
    public string After { get; } = after;
    public int Most { get; } = most;

    /// <summary>Once recorded.</summary>
    public IReadOnlyList<string> Users { get; internal set; } = [];

    /// <summary>Once recorded: whether others follow.</summary>
    public bool HasMore { get; internal set; }
}
