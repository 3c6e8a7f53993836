namespace Messaging.Service.Ledger;

/// <summary>
/// What has come to light about a ledger while it is served that its operator must look into. What was said stays said
/// until the service is started again. Safe for concurrent use.
/// </summary>
public sealed class LedgerCondition
{
    private readonly TaskCompletionSource _whenDamaged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _damage;
    private string? _doubt;

    /// <summary>Something in the file is not what was written; null where nothing is known. The first that was found.</summary>
    public string? Damage => Volatile.Read(ref _damage);

    /// <summary>Ends when the file is known to be damaged.</summary>
    public Task WhenDamaged => _whenDamaged.Task;

    /// <summary>
    /// A device said that it is ahead of the ledger: if it is right, the ledger went back in time (protocol §2). Any
    /// client can say so, so it is no proof; null where none has.
    /// </summary>
    public string? Doubt => Volatile.Read(ref _doubt);

    /// <summary>The file is damaged.</summary>
    /// <returns>Whether this is the first that is known.</returns>
    public bool Damaged(string what)
    {
        var isFirst = Interlocked.CompareExchange(ref _damage, what, comparand: null) is null;
        _whenDamaged.TrySetResult();
        return isFirst;
    }

    /// <summary>A device claims to be ahead of the ledger.</summary>
    public void Doubted(string why) => Interlocked.CompareExchange(ref _doubt, why, comparand: null);
}
