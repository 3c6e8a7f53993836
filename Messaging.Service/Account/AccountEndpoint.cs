using System.Diagnostics;
using Grpc.Core;
using Messaging.Service.Ledger;
using Messaging.Service.Security;
using Messaging.V1;

namespace Messaging.Service.Account;

/// <summary>
/// The doorway to the caller's own account (protocol §11): each call is one piece of work for the ledger, in whose order it
/// takes effect, and is answered when that is on disk.
/// </summary>
internal sealed class AccountEndpoint(
    ICallerIdentity callers, MessageRates rates, AccountRules rules, ILedger ledger, AuditLog audit)
    : AccountService.AccountServiceBase
{
    /// <inheritdoc/>
    public override async Task<ListDevicesResponse> ListDevices(ListDevicesRequest request, ServerCallContext context)
    {
        var list = new ListDevices(Caller(context), rules.After(request.PageToken), rules.PageSize(request.PageSize));
        await DoAsync(list, context);
        var head = list.Head.Value;
        return new ListDevicesResponse
        {
            Devices =
            {
                list.Devices.Select(device => new AccountDevice
                {
                    Device = device.Name,
                    Label = device.Label,
                    CreatedAt = device.CreatedAt,
                    LastSeenAt = device.SeenAt,
                    Connected = device.IsConnected,
                    Cursor = device.Cursor.Value,
                    Waiting = head - device.Cursor.Value,
                }),
            },
            NextPageToken = list.HasMore ? AccountRules.Token(list.Devices[^1].Name) : "",
        };
    }

    /// <inheritdoc/>
    public override async Task<NameDeviceResponse> NameDevice(NameDeviceRequest request, ServerCallContext context)
    {
        await DoAsync(
            new NameDevice(Caller(context), rules.Device(request.Device), rules.Label(request.Label)), context);
        return new NameDeviceResponse();
    }

    /// <inheritdoc/>
    public override async Task<RevokeDeviceResponse> RevokeDevice(RevokeDeviceRequest request, ServerCallContext context)
    {
        var revoke = new RevokeDevice(Caller(context), rules.Device(request.Device));
        await DoAsync(revoke, context);
        audit.RevokedDevice(revoke.Caller, revoke.Device);
        return new RevokeDeviceResponse();
    }

    /// <inheritdoc/>
    public override async Task<BlockUserResponse> BlockUser(BlockUserRequest request, ServerCallContext context)
    {
        var caller = Caller(context);
        var block = new BlockUser(caller, rules.OtherUser(request.User, caller));
        await DoAsync(block, context);
        audit.BlockedUser(caller, block.User);
        return new BlockUserResponse();
    }

    /// <inheritdoc/>
    public override async Task<UnblockUserResponse> UnblockUser(UnblockUserRequest request, ServerCallContext context)
    {
        var caller = Caller(context);
        var unblock = new UnblockUser(caller, rules.OtherUser(request.User, caller));
        await DoAsync(unblock, context);
        audit.UnblockedUser(caller, unblock.User);
        return new UnblockUserResponse();
    }

    /// <inheritdoc/>
    public override async Task<ListBlockedResponse> ListBlocked(ListBlockedRequest request, ServerCallContext context)
    {
        var list = new ListBlocked(Caller(context), rules.After(request.PageToken), rules.PageSize(request.PageSize));
        await DoAsync(list, context);
        return new ListBlockedResponse
        {
            Users = { list.Users },
            NextPageToken = list.HasMore ? AccountRules.Token(list.Users[^1]) : "",
        };
    }

    /// <summary>Whose call it is.</summary>
    /// <exception cref="RpcException">It cannot be told, or makes too many.</exception>
    private Party Caller(ServerCallContext context)
    {
        var caller = callers.Require(context).Device;
        return rates.TryCall(caller)
            ? caller
            : throw CallRefusal.Because(
                "too_many_calls", StatusCode.ResourceExhausted, "too many calls about this account; call again after a while");
    }

    /// <summary>Ends when it is done, on disk and to be seen.</summary>
    /// <exception cref="RpcException">It is not; the status says why.</exception>
    private async Task DoAsync(AccountWork work, ServerCallContext context)
    {
        try
        {
            await ledger.SubmitAsync(work, context.CancellationToken);
        }
        catch (LedgerClosedException)
        {
            throw Busy();
        }

        await Task.WhenAny(work.Settled, ledger.Completion).WaitAsync(context.CancellationToken);
        if (!work.Settled.IsCompleted)
            throw Busy(); // what the writer had decided when the disk failed is not on it (protocol §1)

        switch (work.Settlement)
        {
            case Settlement.Recorded:
                return;
            case Settlement.NotFound:
                throw new RpcException(new Status(StatusCode.NotFound, "the account has no such device"));
            case Settlement.TooMany:
                throw CallRefusal.Because(
                    "too_many_blocked", StatusCode.ResourceExhausted, "as many users are blocked as may be");
            case Settlement.Revoked:
                audit.RefusedRemoved(context, work.Caller);
                throw CallRefusal.RemovedDevice();
            case Settlement.Unavailable:
                throw Busy();
            default:
                throw new UnreachableException($"Work on an account was settled as {work.Settlement}");
        }
    }

    private static RpcException Busy() =>
        new(new Status(StatusCode.Unavailable, "the store is busy; call again after a while"));
}
