namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>How far a verification, or another long run over a ledger, has come.</summary>
/// <param name="What">What is done now.</param>
/// <param name="Done">How much of it is.</param>
/// <param name="Of">Of how much; 0 where that is not known.</param>
public readonly record struct VerificationStep(string What, long Done, long Of);
