namespace Messaging.Tests.Client.Support;

/// <summary>Where the clients of a fixture keep what they must not forget.</summary>
public enum StoreKind
{
    /// <summary>In memory, for as long as the test lasts.</summary>
    Memory,

    /// <summary>In a file of the test's own, opened anew for each client.</summary>
    File,
}
