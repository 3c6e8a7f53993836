using Grpc.Net.Client;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>A disk that is full for a while: what can't be stored is refused, what is stored is delivered.</summary>
[TestFixture]
public sealed class FullDiskTests
{
    private static readonly DiskFault Full = new(
        DiskCall.Write, DiskFault.Any, Times: DiskFault.ForEver, Error: DiskError.NoSpace);

    [Test]
    [Protocol("1.13", "1.14", "4.27", "4.40", "4.43", "4.44")]
    public async Task A_full_disk_refuses_for_now_delivers_what_is_stored_and_recovers_without_a_restart()
    {
        await using var service = FaultyService.Create(Seed.Random());
        await service.StartAsync();
        using var channel = GrpcChannel.ForAddress(service.Address);
        await using var reader = await ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "alice/reader", acknowledges: _ => true);
        await using var writer = await ProbeDevice.ConnectAsync(channel.CreateCallInvoker(), "dave/phone");
        service.Load.Send(10);
        await service.Load.DoneAsync();
        var endings = service.Load.Devices.Sum(device => device.Endings.Count);

        for (var times = 0; times < 3; times++)
        {
            service.Disk.Begin(Full);
            service.Load.Send(5);
            var refused = await writer.SendAsync("dave", $"note-{times}");
            Assert.That(refused.Type, Is.EqualTo(SignalKind.Response));
            Assert.That(refused.SignalOffsetState, Is.False);
            Assert.That(refused.Error, Does.Contain("unavailable"));

            var before = reader.Frames.Count;
            var again = await reader.RereadAsync(0);
            Assert.That(again.SignalOffsetState, Is.True);
            await reader.Until("what is stored comes again", () => reader.Frames.Count >= before + 30);

            service.Disk.End();
            var taken = await writer.RepeatAsync(ProbeDevice.Text("dave", $"note-{times}"));
            Assert.That((taken.SignalOffsetState, taken.SignalOffset), Is.EqualTo((true, times + 1)));
            await service.Load.DoneAsync();
        }

        Assert.That(service.HasEnded, Is.False, service.Output);
        Assert.That(service.Load.Devices.Sum(device => device.Endings.Count), Is.EqualTo(endings), "no stream was lost");
        await service.JudgeAsync();
    }

    [Test]
    public async Task A_service_stops_in_order_while_the_disk_is_full()
    {
        await using var service = FaultyService.Create(Seed.Random());
        await service.StartAsync();
        service.Load.Send(5);
        await service.Load.DoneAsync();
        Assert.That(await service.StopAsync(Full), Is.Zero, service.Output);
        await service.JudgeAsync();
    }
}
