using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// Reads identities of which one is mostly the same as the one before: then they share an object, which nobody changes.
/// Used by one thread at a time.
/// </summary>
internal sealed class LastIdentity
{
    private Identity? _last;
    private byte[] _bytes = [];

    public Identity Read(ReadOnlySpan<byte> bytes)
    {
        if (_last is null || !bytes.SequenceEqual(_bytes))
            (_last, _bytes) = (Identity.Parser.ParseFrom(bytes), bytes.ToArray());
        return _last;
    }
}
