using System.Security.Cryptography;
using Messaging.Client;
using Messaging.Client.Protection;

namespace Messaging.Tests.Client.Protection;

/// <summary>Keys that both ends know. The last one that was given for a conversation encrypts.</summary>
internal sealed class KnownKeys : IConversationKeys
{
    private readonly Dictionary<(string Peer, string Id), ConversationKey> _keys = [];
    private readonly Dictionary<string, ConversationKey> _current = [];

    public KnownKeys Add(string peer, string id, byte[] key)
    {
        _keys[(peer, id)] = _current[peer] = new ConversationKey(id, key);
        return this;
    }

    public ConversationKey GetCurrent(string peer) => _current[peer];

    public ConversationKey? Find(string peer, string keyId) => _keys.GetValueOrDefault((peer, keyId));
}

/// <summary>The keys of one device, and the public ones of all that have joined it.</summary>
internal sealed class DeviceKeys : ISigningKeys
{
    private readonly Dictionary<(Identity From, string Id), byte[]> _public;
    private readonly SigningKey _own;

    public DeviceKeys(Identity device, string id, byte[] pkcs8, DeviceKeys? joined = null)
    {
        _own = new SigningKey(id, pkcs8);
        _public = joined?._public ?? [];
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        _public[(device, id)] = key.ExportSubjectPublicKeyInfo();
    }

    public static byte[] NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKey();
    }

    public SigningKey GetOwn() => _own;

    public byte[]? FindPublic(Identity from, string keyId) => _public.GetValueOrDefault((from, keyId));
}
