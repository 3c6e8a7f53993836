using System.Diagnostics;
using Google.Protobuf;
using Grpc.Net.Client;
using Messaging.Benchmarks.Measuring;
using Messaging.V1;

namespace Messaging.Benchmarks.Echo;

/// <summary>Echoes through the generated client, as most programs would call a service.</summary>
internal sealed class TypedEcho(EchoOptions options)
{
    public async Task<EchoResult> RunAsync(CancellationToken cancellationToken)
    {
        var time = MeasuredTime.After(options.Warmup, options.Length);
        var running = Enumerable.Range(0, options.Calls).Select(_ => RunCallAsync(time, cancellationToken)).ToArray();
        await Task.Delay(options.Warmup, TimeProvider.System, cancellationToken);
        var (cpu, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await Task.Delay(options.Length, TimeProvider.System, cancellationToken);
        var share = (Environment.CpuUsage.TotalTime - cpu) / Stopwatch.GetElapsedTime(started);

        var latency = new LatencyHistogram();
        foreach (var call in await Task.WhenAll(running))
            latency.Add(call);
        return new EchoResult(latency.Count / time.Length.TotalSeconds, Quantiles.Of(latency), share);
    }

    private async Task<LatencyHistogram> RunCallAsync(MeasuredTime time, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler();
        using var channel = GrpcChannel.ForAddress(options.Url, new GrpcChannelOptions { HttpHandler = handler });
        using var call = new EchoService.EchoServiceClient(channel).Echo(cancellationToken: cancellationToken);
        var latency = new LatencyHistogram();
        var sentAt = new Queue<long>();
        for (var i = 0; i < options.InFlight; i++)
            await SendAsync();

        while (sentAt.Count > 0 && await call.ResponseStream.MoveNext(cancellationToken))
        {
            var now = Stopwatch.GetTimestamp();
            var sent = sentAt.Dequeue();
            if (time.Contains(now))
                latency.Record(now - sent);
            if (now < time.Until)
                await SendAsync();
        }

        await call.RequestStream.CompleteAsync();
        return latency;

        Task SendAsync()
        {
            sentAt.Enqueue(Stopwatch.GetTimestamp());
            return call.RequestStream.WriteAsync(NewFrame(), cancellationToken);
        }
    }

    private Frame NewFrame() => new()
    {
        Message = new Message
        {
            Id = Guid.CreateVersion7().ToString(),
            To = new Identity { User = "bench-receiver" },
            Timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            Payload = ByteString.CopyFrom(new byte[options.Payload]),
        },
    };
}
