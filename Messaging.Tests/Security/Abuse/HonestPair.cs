using System.Diagnostics;
using System.Globalization;
using Grpc.Net.Client;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Security.Abuse;

/// <summary>
/// Two devices that behave, beside whatever else goes on: one writes to the other all the time, every frame is held
/// against the protocol, and how long each message takes to be answered and delivered is measured.
/// </summary>
internal sealed class HonestPair : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly GrpcChannel channel;
    private readonly ProbeDevice writer;
    private readonly ProbeDevice reader;
    private readonly List<TimeSpan> times = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly Task writing;

    private HonestPair(GrpcChannel channel, ProbeDevice writer, ProbeDevice reader)
    {
        (this.channel, this.writer, this.reader) = (channel, writer, reader);
        writing = Task.Run(WriteAsync);
    }

    public static async Task<HonestPair> StartAsync(string address)
    {
        // Users of their own: what earlier pairs wrote is not in their queues.
        var number = Guid.NewGuid().ToString("N");
        var channel = GrpcChannel.ForAddress(address);
        var invoker = channel.CreateCallInvoker();
        return new HonestPair(
            channel,
            await ProbeDevice.ConnectAsync(invoker, $"writer-{number}/phone", acknowledges: _ => true),
            await ProbeDevice.ConnectAsync(invoker, $"reader-{number}/phone", acknowledges: _ => true));
    }

    /// <summary>Everything came, once and in order, and none took longer than this.</summary>
    public async Task AssertUndisturbedAsync(TimeSpan longest)
    {
        await stopping.CancelAsync();
        await writing.InTime("the honest writer stops");
        await reader.MessagesAsync(times.Count);
        Assert.That(
            reader.Messages.Select(message => message.Id),
            Is.EqualTo(Enumerable.Range(0, times.Count).Select(number => $"{number}")), "all of them, in order, once");
        times.Sort();
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"beside it {times.Count} messages: p50 {times[times.Count / 2].TotalMilliseconds:0.0} ms, "
            + $"p99 {times[times.Count * 99 / 100].TotalMilliseconds:0.0} ms, longest {times[^1].TotalMilliseconds:0.0} ms"));
        Assert.That(times[^1], Is.LessThan(longest), "the honest pair was held up");
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await writer.DisposeAsync();
        await reader.DisposeAsync();
        channel.Dispose();
        stopping.Dispose();
    }

    private async Task WriteAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            var number = times.Count;
            var answer = await writer.SendAsync(reader.User, $"{number}");
            Assert.That(answer.SignalOffsetState, Is.True, answer.ToString());
            await reader.MessagesAsync(number + 1);
            times.Add(Stopwatch.GetElapsedTime(began));
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }
}
