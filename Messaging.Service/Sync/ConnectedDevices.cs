using System.Collections.Concurrent;
using System.Collections.Immutable;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>
/// Who is connected to this process: for statuses alone (protocol §7). Nothing durable may depend on it. Safe for
/// concurrent use.
/// </summary>
internal sealed class ConnectedDevices(IMessagingPolicy policy)
{
    private readonly ConcurrentDictionary<string, ImmutableArray<DeviceSession>> _byUser = new(StringComparer.Ordinal);

    /// <summary>Every session, those that come or go meanwhile perhaps not.</summary>
    public IEnumerable<DeviceSession> All => _byUser.SelectMany(static user => user.Value);

    public void Add(DeviceSession session) =>
        _byUser.AddOrUpdate(
            session.Device.User,
            static (_, added) => [added],
            static (_, sessions, added) => sessions.Add(added),
            session);

    public void Remove(DeviceSession session)
    {
        while (_byUser.TryGetValue(session.Device.User, out var sessions))
        {
            var left = sessions.Remove(session);
            var entry = KeyValuePair.Create(session.Device.User, sessions);
            if (left.IsEmpty ? _byUser.TryRemove(entry) : _byUser.TryUpdate(entry.Key, left, sessions))
                return;
        }
    }

    /// <summary>
    /// Gives a status to the devices it is for, as far as they are here and their user may be shown it (protocol §11); never
    /// waits for them.
    /// </summary>
    public void Relay(Signal signal, Party from)
    {
        // Protocol §7: not to the sender's own devices.
        if (signal.To.User == from.User || !_byUser.TryGetValue(signal.To.User, out var sessions))
            return;

        // All of them are one user's, who has blocked somebody on all of them or on none.
        if (!policy.MayBeSeen(new Contact(from.User, signal.To.User, sessions[0].HasBlocked(from.User))))
            return;

        Frame? frame = null;
        foreach (var session in sessions)
        {
            if (signal.To.Device.Length == 0 || signal.To.Device == session.Device.Device)
                session.Offer(frame ??= AwarenessFrames.For(signal, from));
        }
    }
}
