using Messaging.Service.Ledger;

namespace Messaging.Tests.Properties;

/// <summary>Protocol §11 in the same way.</summary>
internal sealed partial class NaiveLedger
{
    private const int MaxDevices = 64;
    private const int MaxBlocked = 1_000;

    private Settlement Do(AccountWork work)
    {
        var user = disk.User(work.Caller.User);
        if (user.Devices.GetValueOrDefault(work.Caller.Device) is { IsRevoked: true })
            return Settlement.Revoked;

        switch (work)
        {
            case BlockUser block when user.Blocked.Count >= MaxBlocked && !user.Blocked.Contains(block.User):
                return Settlement.TooMany;
            case BlockUser block:
                user.Blocked.Add(block.User);
                return Settlement.Recorded;
            case UnblockUser unblock:
                user.Blocked.Remove(unblock.User);
                return Settlement.Recorded;
            case ListBlocked list:
                var behind = user.Blocked.Where(name => string.CompareOrdinal(name, list.After) > 0).ToList();
                (list.Users, list.HasMore) = ([.. behind.Take(list.Most)], behind.Count > list.Most);
                return Settlement.Recorded;
            case NameDevice name when user.Devices.GetValueOrDefault(name.Device) is { IsRevoked: false } named:
                named.Label = name.Label;
                return Settlement.Recorded;
            case RevokeDevice revoke when user.Devices.GetValueOrDefault(revoke.Device) is { } device:
                Revoke(new Party(revoke.Caller.User, revoke.Device), device);
                return Settlement.Recorded;
            case ListDevices list:
                List(list, user);
                return Settlement.Recorded;
            default:
                return Settlement.NotFound;
        }
    }

    private void Revoke(Party party, NaiveDeviceState device)
    {
        if (device.IsRevoked)
            return;
        device.IsRevoked = true;
        device.Stream = new StreamNumber(++disk.Sequence);
        if (open.Remove(party, out var stream))
            stream.Listener.OnRevoked();
    }

    private void List(ListDevices list, NaiveUser user)
    {
        var behind = user.Devices
            .Where(device => !device.Value.IsRevoked && string.CompareOrdinal(device.Key, list.After) > 0)
            .OrderBy(device => device.Key, StringComparer.Ordinal).ToList();
        list.Devices =
        [
            .. behind.Take(list.Most).Select(device => new DeviceSummary(
                device.Key, device.Value.Label, device.Value.CreatedAt, device.Value.SeenAt,
                open.ContainsKey(new Party(list.Caller.User, device.Key)), device.Value.Cursor)),
        ];
        (list.HasMore, list.Head) = (behind.Count > list.Most, user.Head);
    }
}
