namespace Messaging.Service.Sync;

/// <summary>What stands before every message of gRPC over HTTP/2.</summary>
internal static class WireFraming
{
    /// <summary>One byte that says whether it is compressed, and its length in four, the highest first.</summary>
    public const int PrefixBytes = 5;
}
