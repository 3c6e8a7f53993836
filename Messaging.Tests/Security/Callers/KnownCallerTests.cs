using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Security.Callers;

/// <summary>A connection on which someone known only makes calls is not that of a stranger.</summary>
[TestFixture]
public sealed class KnownCallerTests
{
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromMilliseconds(50);
    private static readonly Metadata Alice = new() { { "messaging-user", "alice" }, { "messaging-device", "phone" } };

    private static IEnumerable<TestCaseData> Calls()
    {
        yield return Case("of the account", channel =>
            new AccountService.AccountServiceClient(channel).ListDevicesAsync(new ListDevicesRequest(), Alice).ResponseAsync);
        yield return Case("of history", channel =>
            new HistoryService.HistoryServiceClient(channel)
                .ConversationsAsync(new HistoryServiceConversationsRequest(), Alice).ResponseAsync);

        static TestCaseData Case(string name, Func<GrpcChannel, Task> call) => new TestCaseData(call).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Calls))]
    public async Task A_connection_with_nothing_but_calls_stays(Func<GrpcChannel, Task> call)
    {
        await using var server = await TestServer.StartAsync("--Messaging:Connections:StrangerTimeout=00:00:00.300");
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions { HttpHandler = handler });

        // Told to go, the client connects anew for its next call.
        for (var i = 0; i < 30; i++)
        {
            await call(channel).InTime("the call is answered");
            await Task.Delay(BetweenCalls, TimeProvider.System);
        }

        Assert.That(connections, Is.EqualTo(1));
    }
}
