using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>
/// The rates of those who are connected, or were a moment ago: a device's and its user's, not a stream's, so that
/// connecting again does not fill them. In this process only. Safe for concurrent use.
/// </summary>
internal sealed class MessageRates(MessageLimits limits, TimeProvider time)
{
    private const int ManyUsers = 1_024;

    private readonly ConcurrentDictionary<string, UserRate> _users = new(StringComparer.Ordinal);

    // Twice as many as were left the last time: looking through all of them costs each newcomer little.
    private int _forgetAt = ManyUsers;

    /// <summary>A stream of the device opens; it must <see cref="Leave"/>.</summary>
    /// <param name="device">Whose stream it is.</param>
    /// <param name="rate">How fast it may send.</param>
    /// <param name="refusal">Where it may not open, the reason, for the peer to read.</param>
    public bool TryEnter(
        Party device, [NotNullWhen(true)] out MessageRate? rate, [NotNullWhen(false)] out string? refusal)
    {
        if (_users.Count >= Volatile.Read(ref _forgetAt))
            ForgetIdle();
        do
        {
            var user = _users.GetOrAdd(device.User, _ => new UserRate(limits, time));
            (rate, refusal) = user.Enter(device.Device);
        }
        while (rate is null && refusal is null);
        return refusal is null;
    }

    /// <summary>A stream has ended.</summary>
    public static void Leave(MessageRate rate) => rate.User.Leave(rate);

    private void ForgetIdle()
    {
        foreach (var user in _users)
        {
            if (user.Value.TryForget())
                _users.TryRemove(user);
        }

        Volatile.Write(ref _forgetAt, Math.Max(ManyUsers, 2 * _users.Count));
    }
}
