namespace Messaging.Service.Ledger;

/// <summary>The ledger has been closed, or its disk can't be trusted any more: nothing further is taken.</summary>
public sealed class LedgerClosedException() : Exception("The ledger is closed.");
