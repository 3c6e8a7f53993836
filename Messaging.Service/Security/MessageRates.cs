using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>
/// The rates of those who are connected or make calls, or did a moment ago: a device's and its user's, not a stream's, so
/// that connecting again does not fill them. In this process only. Safe for concurrent use.
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
        do
            (rate, refusal) = Of(device.User).Enter(device.Device);
        while (rate is null && refusal is null);
        return refusal is null;
    }

    /// <summary>A device makes a call about its user's account: whether it may.</summary>
    public bool TryCall(Party device)
    {
        bool? may;
        do
            may = Of(device.User).TryCall(device.Device);
        while (may is null);
        return may.Value;
    }

    /// <summary>A stream has ended.</summary>
    public static void Leave(MessageRate rate) => rate.User.Leave(rate);

    private UserRate Of(string user)
    {
        if (_users.Count >= Volatile.Read(ref _forgetAt))
            ForgetIdle();
        return _users.GetOrAdd(user, _ => new UserRate(limits, time));
    }

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
