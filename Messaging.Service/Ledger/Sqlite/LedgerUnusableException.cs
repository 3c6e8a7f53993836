namespace Messaging.Service.Ledger.Sqlite;

/// <summary>The ledger can't be opened; the message is for the operator and says why in one sentence.</summary>
public sealed class LedgerUnusableException(string message) : Exception(message);
