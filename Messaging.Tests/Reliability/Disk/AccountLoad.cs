using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>
/// A user who, round by round, blocks somebody, gives a device its next label, and removes a device that has just connected
/// (protocol §11); every other round takes the block of the one before back.
/// </summary>
internal sealed class AccountLoad(string address, string user, string labelled, Told told, Func<long> operations)
{
    public static string Blocked(int round) => $"blocked-{round}";

    public static string Label(int round) => $"label {round}";

    public static string Removed(int round) => $"removed-{round}";

    /// <summary>Whom so many rounds leave blocked.</summary>
    public static IEnumerable<string> LeftBlocked(int rounds) =>
        Enumerable.Range(1, rounds).Where(round => round % 2 == 0 || round == rounds).Select(Blocked);

    public async Task RunAsync(int rounds)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var account = new AccountService.AccountServiceClient(channel);
        for (var round = 1; round <= rounds; round++)
        {
            await ConnectAsync(channel, Removed(round));
            await AnsweredAsync(account.RevokeDeviceAsync(new RevokeDeviceRequest { Device = Removed(round) }, As("settings")));
            await AnsweredAsync(account.NameDeviceAsync(new NameDeviceRequest { Device = labelled, Label = Label(round) }, As("settings")));
            await AnsweredAsync(account.BlockUserAsync(new BlockUserRequest { User = Blocked(round) }, As(labelled)));
            if (round % 2 == 0)
                await AnsweredAsync(account.UnblockUserAsync(new UnblockUserRequest { User = Blocked(round - 1) }, As(labelled)));
            told.HasChangedAccount(user, round, operations());
        }
    }

    private static Task<T> AnsweredAsync<T>(AsyncUnaryCall<T> call) => call.ResponseAsync.InTime("a change of the account is answered");

    private async Task ConnectAsync(GrpcChannel channel, string device)
    {
        using var call = new MessagingService.MessagingServiceClient(channel).Sync(As(device));
        await call.ResponseStream.MoveNext(CancellationToken.None).InTime("its first position");
    }

    private Metadata As(string device) => new() { { "messaging-user", user }, { "messaging-device", device } };
}
