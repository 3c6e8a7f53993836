using System.Diagnostics;
using Messaging.Benchmarks.Http2;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Echo;

/// <summary>Echoes with the load's own HTTP/2 client, many frames per write: what the server alone can do.</summary>
internal sealed class CoalescingEcho(EchoOptions options)
{
    private const string Path = "/messaging.benchmarks.EchoService/Echo";

    public async Task<EchoResult> RunAsync(CancellationToken cancellationToken)
    {
        var time = MeasuredTime.After(options.Warmup, options.Length);
        var calls = Enumerable.Range(0, options.Calls).Select(_ => new Call(options, time)).ToArray();
        try
        {
            var running = Task.WhenAll(calls.Select(call => call.RunAsync(cancellationToken)));
            await Task.Delay(options.Warmup, TimeProvider.System, cancellationToken);
            var (cpu, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            await Task.Delay(options.Length, TimeProvider.System, cancellationToken);
            var share = (Environment.CpuUsage.TotalTime - cpu) / Stopwatch.GetElapsedTime(started);
            await running;

            var latency = new LatencyHistogram();
            foreach (var call in calls)
                latency.Add(call.Latency);
            return new EchoResult(latency.Count / time.Length.TotalSeconds, Quantiles.Of(latency), share);
        }
        finally
        {
            foreach (var call in calls)
                call.Dispose();
        }
    }

    private sealed class Call : IFrameReceiver, IDisposable
    {
        private readonly EchoOptions _options;
        private readonly MeasuredTime _time;
        private readonly MessageTemplate _template;
        private readonly MessageIds _ids = new();
        private readonly byte[] _id = new byte[MessageIds.Size];
        private readonly Queue<long> _sentAt = new();
        private readonly CallConnection _connection;

        public Call(EchoOptions options, MeasuredTime time)
        {
            (_options, _time) = (options, time);
            _template = new MessageTemplate("bench-receiver", options.Payload, TimeProvider.System.GetUtcNow());
            _connection = new CallConnection(this);
        }

        public LatencyHistogram Latency { get; } = new();

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            await _connection.ConnectAsync(_options.Url, Path, [], cancellationToken);
            while (true)
            {
                Fill();
                if (_sentAt.Count == 0)
                    return;
                await _connection.ExchangeAsync(cancellationToken);
            }
        }

        void IFrameReceiver.OnFrame(ReadOnlySpan<byte> frame, long readAt)
        {
            var sentAt = _sentAt.Dequeue();
            if (_time.Contains(readAt))
                Latency.Record(readAt - sentAt);
        }

        public void Dispose() => _connection.Dispose();

        private void Fill()
        {
            var now = Stopwatch.GetTimestamp();
            if (now >= _time.Until)
                return;

            var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            while (_sentAt.Count < _options.InFlight)
            {
                _ids.WriteNext(_id, timestamp);
                _template.Write(_connection.Call.Reserve(_template.Size), _id, timestamp);
                _sentAt.Enqueue(now);
            }
        }
    }
}
