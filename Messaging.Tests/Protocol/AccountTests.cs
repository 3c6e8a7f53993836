using Grpc.Core;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>What the tests of §11 have in common: calls about an account, made by a device.</summary>
public abstract class AccountTests : SectionTests
{
    private protected AccountService.AccountServiceClient Account => new(Server.Channel);

    /// <summary>Who calls, as "user/device".</summary>
    private protected static Metadata As(string name) => With(
        ("messaging-user", Uri.EscapeDataString(name.Split('/')[0])),
        ("messaging-device", Uri.EscapeDataString(name.Split('/')[1])));

    private protected Task BlockAsync(string caller, string user) =>
        Account.BlockUserAsync(new BlockUserRequest { User = user }, As(caller)).InCallTime();

    private protected Task UnblockAsync(string caller, string user) =>
        Account.UnblockUserAsync(new UnblockUserRequest { User = user }, As(caller)).InCallTime();

    private protected Task RevokeAsync(string caller, string device) =>
        Account.RevokeDeviceAsync(new RevokeDeviceRequest { Device = device }, As(caller)).InCallTime();

    private protected Task NameAsync(string caller, string device, string label) =>
        Account.NameDeviceAsync(new NameDeviceRequest { Device = device, Label = label }, As(caller)).InCallTime();

    private protected Task<ListDevicesResponse> DevicesAsync(string caller, int size = 0, string token = "") =>
        Account.ListDevicesAsync(new ListDevicesRequest { PageSize = size, PageToken = token }, As(caller)).InCallTime();

    private protected Task<ListBlockedResponse> BlockedAsync(string caller, int size = 0, string token = "") =>
        Account.ListBlockedAsync(new ListBlockedRequest { PageSize = size, PageToken = token }, As(caller)).InCallTime();

    /// <summary>All six calls as a caller, each with arguments that are in order.</summary>
    private protected IEnumerable<Func<Task>> AllCalls(string caller) =>
    [
        () => DevicesAsync(caller), () => NameAsync(caller, "phone", "label"), () => RevokeAsync(caller, "phone"),
        () => BlockAsync(caller, "mallory"), () => UnblockAsync(caller, "mallory"), () => BlockedAsync(caller),
    ];

    private protected static async Task<RpcException> RefusedAsync(Func<Task> call, StatusCode code, string? reason = null)
    {
        var refused = Assert.ThrowsAsync<RpcException>(async () => await call());
        Assert.That(refused.StatusCode, Is.EqualTo(code), refused.Message);
        Assert.That(refused.Trailers.GetValue("messaging-reason"), Is.EqualTo(reason));
        return await Task.FromResult(refused);
    }
}

internal static class AccountCalls
{
    public static Task<T> InCallTime<T>(this AsyncUnaryCall<T> call) => call.ResponseAsync.InTime("the call is answered");
}
