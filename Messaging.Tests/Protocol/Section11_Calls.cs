using Grpc.Core;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §11: what holds for every call about an account.</summary>
[TestFixture]
public sealed class Section11_Calls : AccountTests
{
    private const int MaxBlocked = 7;

    private protected override string[] Settings =>
        [$"--Messaging:Ledger:MaxBlocked={MaxBlocked}", "--Messaging:Account:PageSize=3", "--Messaging:Account:LabelBytes=16"];

    [Test]
    [Protocol("11.1")]
    public async Task A_caller_who_cannot_be_told_is_turned_away()
    {
        foreach (var call in AllCalls("/phone").Concat(AllCalls("alice/")).Concat(AllCalls("al\u0001ice/phone")))
            await RefusedAsync(call, StatusCode.Unauthenticated);
        await RefusedAsync(
            () => Account.ListBlockedAsync(new V1.ListBlockedRequest()).InCallTime(), StatusCode.Unauthenticated);
        await Server.StopAsync();
        Assert.That(LedgerEdit.Ask(Server.LedgerPath, "SELECT count(*) FROM user"), Is.Zero, "it cost nothing");
    }

    [TestCase("", "missing")]
    [TestCase("nul\0", "control character")]
    [TestCase("line\u2028", "control character")]
    [TestCase("long", "longer than 255 bytes")]
    [Protocol("11.26")]
    public async Task A_name_outside_the_limits_is_refused(string name, string why)
    {
        await DisconnectAsync(await ConnectAsync("alice/phone"));
        if (name == "long")
            name = new string('x', 64 * 1024);
        foreach (var call in (Func<Task>[])
            [
                () => BlockAsync("alice/phone", name), () => UnblockAsync("alice/phone", name),
                () => RevokeAsync("alice/phone", name), () => NameAsync("alice/phone", name, "label"),
            ])
        {
            var refused = await RefusedAsync(call, StatusCode.InvalidArgument);
            Assert.That(refused.Status.Detail, Does.Contain(why));
        }

        Assert.That((await BlockedAsync("alice/phone")).Users, Is.Empty);
    }

    [Test]
    [Protocol("11.26")]
    public async Task A_label_outside_the_limits_is_refused()
    {
        await DisconnectAsync(await ConnectAsync("alice/phone"));
        await NameAsync("alice/phone", "phone", "exactly-16-bytes");
        foreach (var label in new[] { "exactly-17-bytes!", "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9", "a\nb", "a\0", new string('x', 64 * 1024) })
            await RefusedAsync(() => NameAsync("alice/phone", "phone", label), StatusCode.InvalidArgument);
        Assert.That((await DevicesAsync("alice/phone")).Devices[0].Label, Is.EqualTo("exactly-16-bytes"));
    }

    [Test]
    [Protocol("11.26")]
    public async Task One_does_not_block_oneself()
    {
        await RefusedAsync(() => BlockAsync("alice/phone", "alice"), StatusCode.InvalidArgument);
        await RefusedAsync(() => UnblockAsync("alice/phone", "alice"), StatusCode.InvalidArgument);
    }

    [TestCase(-1, "")]
    [TestCase(int.MinValue, "")]
    [TestCase(1, "not base64")]
    [TestCase(1, "/w==")]
    [TestCase(1, "long")]
    [Protocol("11.26")]
    public async Task A_page_that_cannot_be_is_refused(int size, string token)
    {
        if (token == "long")
            token = new string('A', 64 * 1024);
        await RefusedAsync(() => BlockedAsync("alice/phone", size, token), StatusCode.InvalidArgument);
        await RefusedAsync(() => DevicesAsync("alice/phone", size, token), StatusCode.InvalidArgument);
    }

    [Test]
    [Protocol("11.22", "11.23", "11.24")]
    public async Task Lists_come_in_pages_and_end()
    {
        string[] users = ["7", "\u05d0\u200f", "it's", "1", "\"3\"", "Zo\u00eb", "2"];
        foreach (var user in users)
            await BlockAsync("alice/phone", user);
        await RefusedAsync(() => BlockAsync("alice/phone", "one more"), StatusCode.ResourceExhausted, "too_many_blocked");
        await BlockAsync("alice/phone", "7");
        foreach (var device in users)
            await ConnectAsync($"alice/{device}");

        foreach (var (size, pages) in new[] { (0, 3), (1, 7), (2, 4), (3, 3), (1_000, 3), (int.MaxValue, 3) })
        {
            var (blocked, devices, count, token) = (new List<string>(), new List<string>(), 0, "");
            do
            {
                var page = await BlockedAsync("alice/phone", size, token);
                blocked.AddRange(page.Users);
                token = page.NextPageToken;
                count++;
            }
            while (token.Length > 0);
            do
            {
                var page = await DevicesAsync("alice/phone", size, token);
                devices.AddRange(page.Devices.Select(device => device.Device));
                token = page.NextPageToken;
            }
            while (token.Length > 0);
            Assert.That(blocked, Is.EqualTo(users.Order(StringComparer.Ordinal)));
            Assert.That(devices, Is.EqualTo(blocked));
            Assert.That(count, Is.EqualTo(pages));
        }
    }

    [Test]
    [Protocol("11.29", "11.27")]
    public async Task While_the_store_is_busy_nothing_is_changed()
    {
        var phone = await ConnectAsync("alice/phone");
        await BlockAsync("alice/phone", "bob");
        await using (await Server.OccupyStoreAsync())
        {
            await RefusedAsync(() => BlockAsync("alice/phone", "carol"), StatusCode.Unavailable);
            await RefusedAsync(() => UnblockAsync("alice/phone", "bob"), StatusCode.Unavailable);
            await RefusedAsync(() => NameAsync("alice/phone", "phone", "x"), StatusCode.Unavailable);
            await RefusedAsync(() => RevokeAsync("alice/phone", "phone"), StatusCode.Unavailable);
        }

        Assert.That((await BlockedAsync("alice/phone")).Users, Is.EqualTo(new[] { "bob" }));
        var devices = (await DevicesAsync("alice/phone")).Devices;
        Assert.That(devices.Select(device => (device.Label, device.Connected)), Is.EqualTo(new[] { ("", true) }));
        Accepted(await phone.SendAsync("carol", "m"));
        await RevokeAsync("alice/phone", "phone");
        Assert.That((await phone.EndAsync()).StatusCode, Is.EqualTo(StatusCode.PermissionDenied));
    }
}
