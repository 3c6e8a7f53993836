using System.Diagnostics;
using Messaging.Service.Ledger.Sqlite.State;

namespace Messaging.Service.Ledger.Sqlite.Rules;

/// <summary>What a user does with their own account: devices and blocks (protocol §11). Writer's thread only.</summary>
internal sealed class Accounts(Recorder recorder, Acknowledging acknowledging, int maxBlocked)
{
    public Settlement Take(AccountWork work)
    {
        var user = recorder.Active.FindUser(work.Caller.User);
        var device = user is null ? null : recorder.Active.FindDevice(user, work.Caller.Device);

        // Whoever holds a device that was removed must not let it in again.
        if (device is { IsRevoked: true })
            return Settlement.Revoked;

        return work switch
        {
            BlockUser block => Take(block, user, device),
            UnblockUser unblock => Take(unblock, user, device),
            NameDevice name => Take(name, user, device),
            RevokeDevice revoke => Take(revoke, user, device),
            ListBlocked list => List(list, user),
            ListDevices list => List(list, user),
            _ => throw new UnreachableException(),
        };
    }

    private Settlement Take(BlockUser block, UserState? user, DeviceState? device)
    {
        user ??= recorder.Active.GetOrAddUser(block.Caller.User);
        if (user.HasBlocked(block.User))
            return Settlement.Recorded;
        if (user.Blocked.Count >= maxBlocked)
            return Settlement.TooMany;

        Record(user, device, block.User, isLifted: false);
        return Settlement.Recorded;
    }

    private Settlement Take(UnblockUser unblock, UserState? user, DeviceState? device)
    {
        if (user is not null && user.HasBlocked(unblock.User))
            Record(user, device, unblock.User, isLifted: true);
        return Settlement.Recorded;
    }

    private void Record(UserState user, DeviceState? device, string blocked, bool isLifted) =>
        recorder.Record(new BlockRecord(recorder.NextAccountHeader(user, device)) { Blocked = blocked, IsLifted = isLifted });

    private Settlement Take(NameDevice name, UserState? user, DeviceState? device)
    {
        if (Find(user, name.Device) is not { IsRevoked: false } target)
            return Settlement.NotFound;

        if (target.Label != name.Label)
        {
            recorder.Record(new LabelRecord(recorder.NextAccountHeader(user!, device))
            {
                Target = target.Key,
                TargetName = target.Party.Device,
                Label = name.Label,
            });
        }

        return Settlement.Recorded;
    }

    private Settlement Take(RevokeDevice revoke, UserState? user, DeviceState? device)
    {
        if (Find(user, revoke.Device) is not { } target)
            return Settlement.NotFound;
        if (target.IsRevoked)
            return Settlement.Recorded;

        // What it acknowledged before this moment still counts.
        acknowledging.Record(target);
        recorder.Record(new RevocationRecord(recorder.NextAccountHeader(user!, device))
        {
            Target = target.Key,
            TargetName = target.Party.Device,
        });
        return Settlement.Recorded;
    }

    private static Settlement List(ListBlocked list, UserState? user)
    {
        var (page, hasMore) = Page(user?.Blocked ?? [], name => name, list.After, list.Most);
        (list.Users, list.HasMore) = (page, hasMore);
        return Settlement.Recorded;
    }

    private Settlement List(ListDevices list, UserState? user)
    {
        if (user is null)
            return Settlement.Recorded;

        var (page, hasMore) = Page(
            recorder.Active.DevicesInUse(user), device => device.Party.Device, list.After, list.Most);
        list.Devices = [.. page.Select(Describe)];
        (list.HasMore, list.Head) = (hasMore, user.Head);
        return Settlement.Recorded;
    }

    private DeviceState? Find(UserState? user, string device) =>
        user is null ? null : recorder.Active.FindDevice(user, device);

    /// <summary>What stands behind a name, in the order of names; sorted anew each time, as nobody asks often.</summary>
    private static (List<T> Page, bool HasMore) Page<T>(IEnumerable<T> all, Func<T, string> nameOf, string after, int most)
    {
        var page = all.Where(item => string.CompareOrdinal(nameOf(item), after) > 0)
            .OrderBy(nameOf, StringComparer.Ordinal).Take(most + 1).ToList();
        var hasMore = page.Count > most;
        if (hasMore)
            page.RemoveAt(most);
        return (page, hasMore);
    }

    private static DeviceSummary Describe(DeviceState device) => new(
        device.Party.Device, device.Label, device.CreatedAt, device.SeenAt,
        device.User.Streams.Exists(stream => stream.State == device && stream.Listener is not null), device.Cursor);
}
