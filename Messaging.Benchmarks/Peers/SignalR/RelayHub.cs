using Microsoft.AspNetCore.SignalR;

namespace Messaging.Benchmarks.Peers.SignalR;

/// <summary>Hands each message on to the connection that it is for, and stores nothing.</summary>
internal sealed class RelayHub(RelayAddresses addresses) : Hub
{
    public override Task OnConnectedAsync()
    {
        addresses[Context.GetHttpContext()!.Request.Query["name"]!] = Context.ConnectionId;
        return Task.CompletedTask;
    }

    [HubMethodName("s")]
    public Task SendAsync(string to, byte[] payload) => Clients.Client(addresses[to]).SendAsync("m", payload);
}
