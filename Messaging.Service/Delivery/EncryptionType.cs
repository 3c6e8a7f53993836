namespace Messaging.Service.Delivery;

/// <summary>The one value of <c>encryption_type</c> that the server interprets (protocol §4, §9).</summary>
internal static class EncryptionType
{
    /// <summary><c>none</c> and empty are the same.</summary>
    public static bool IsNone(string type) => type.Length == 0 || type == "none";
}
