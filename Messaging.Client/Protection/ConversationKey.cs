namespace Messaging.Client.Protection;

/// <summary>A key of a conversation. Immutable; shows itself by its id.</summary>
public sealed class ConversationKey
{
    /// <summary>Bytes in a key.</summary>
    public const int Length = 32;

    private readonly byte[] _key;

    /// <param name="id">Names it in the conversation: 1–64 bytes of UTF-8, which everyone may see.</param>
    /// <param name="key">Its 32 bytes, all secret and random; copied.</param>
    /// <exception cref="ArgumentException">The id or the length is not usable.</exception>
    public ConversationKey(string id, ReadOnlySpan<byte> key)
    {
        KeyHeader.Require(id);
        if (key.Length != Length)
            throw new ArgumentException($"The key has {key.Length} bytes; it must have {Length}.", nameof(key));
        Id = id;
        _key = key.ToArray();
    }

    /// <summary>Names it in the conversation.</summary>
    public string Id { get; }

    internal ReadOnlySpan<byte> Bytes => _key;

    /// <summary>The id.</summary>
    public override string ToString() => Id;
}
