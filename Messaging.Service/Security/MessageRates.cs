using System.Collections.Concurrent;
using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>
/// The rates of the devices that send: a device's, not a stream's, so that connecting again does not fill it. Safe for
/// concurrent use.
/// </summary>
internal sealed class MessageRates(MessageLimits limits, TimeProvider time)
{
    /// <summary>Past this many, those that hold as much as new ones are forgotten: within a second, all that are idle.</summary>
    private const int ManyRates = 1_024;

    private readonly ConcurrentDictionary<Party, MessageRate> _rates = new();
    private readonly MessageRate _none = new(perSecond: 0, time);

    public MessageRate Of(Party device)
    {
        if (limits.MessagesPerSecond == 0)
            return _none;
        if (_rates.Count > ManyRates)
            ForgetFull();
        return _rates.GetOrAdd(device, _ => new MessageRate(limits.MessagesPerSecond, time));
    }

    private void ForgetFull()
    {
        foreach (var rate in _rates)
        {
            if (rate.Value.IsFull)
                _rates.TryRemove(rate);
        }
    }
}
