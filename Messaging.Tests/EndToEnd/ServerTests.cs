using Grpc.Core;
using Messaging.Tests.Support;
using Microsoft.AspNetCore.Builder;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>A test that talks to a server of its own, over the network, with the generated stub.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public abstract class ServerTests
{
    private readonly List<ProbeDevice> devices = [];

    private protected TestServer Server { get; private set; } = null!;

    private protected virtual string[] Settings => [];

    [SetUp]
    public async Task StartServer() => Server = await TestServer.StartAsync(Configure, Settings);

    [TearDown]
    public async Task StopServer()
    {
        try
        {
            foreach (var device in devices)
                await device.DisposeAsync();
        }
        finally
        {
            await Server.DisposeAsync();
        }
    }

    /// <summary>Puts something of the test's own in place of a part of the service.</summary>
    private protected virtual void Configure(WebApplicationBuilder builder)
    {
    }

    /// <summary>Connects a device that acknowledges only where the test says so.</summary>
    private protected async Task<ProbeDevice> ConnectAsync(string name, params (string Name, string Value)[] headers)
    {
        var device = await Server.ConnectAsync(name, With(headers));
        devices.Add(device);
        return device;
    }

    /// <summary>Connects a device that acknowledges every entry as it comes.</summary>
    private protected async Task<ProbeDevice> ConnectReadyAsync(string name, params (string Name, string Value)[] headers)
    {
        var device = await Server.ConnectAsync(name, With(headers), acknowledges: _ => true);
        devices.Add(device);
        return device;
    }

    private protected async Task DisconnectAsync(ProbeDevice device)
    {
        devices.Remove(device);
        await device.HalfCloseAsync();
        await device.DisposeAsync();
    }

    /// <summary>The status with which a stream is refused before its first frame.</summary>
    private protected async Task<Status> RefusedAsync(Metadata headers)
    {
        using var call = new V1.MessagingService.MessagingServiceClient(Server.Channel).Sync(headers);
        var refused = Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the refusal"));
        return await Task.FromResult(refused.Status);
    }

    private protected static Metadata With(params (string Name, string Value)[] headers)
    {
        var metadata = new Metadata();
        foreach (var (name, value) in headers)
            metadata.Add(name, value);
        return metadata;
    }
}
