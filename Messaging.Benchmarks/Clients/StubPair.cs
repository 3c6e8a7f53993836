using System.Diagnostics;
using Google.Protobuf;
using Messaging.Benchmarks.Chat;
using Messaging.V1;

namespace Messaging.Benchmarks.Clients;

/// <summary>
/// The same with the generated stub alone: no retry, no order to keep, no check, one loop for each device.
/// </summary>
internal sealed class StubPair(Uri url, string name, int inFlight, int payload) : ClientPair
{
    private readonly StubDevice _sender = new(url, $"{name}-s");
    private readonly StubDevice _receiver = new(url, $"{name}-r");
    private readonly CancellationTokenSource _finished = new();
    private readonly ByteString _payload = ByteString.CopyFrom(new byte[payload]);

    // By user_offset, from 1: answers come in order, and receipts cover all up to theirs.
    private readonly Queue<long> _unaccepted = new();
    private readonly Queue<long> _unreceived = new();
    private int _received;

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _sender.OpenAsync(cancellationToken);
        await _receiver.OpenAsync(cancellationToken);
    }

    public override ValueTask DisposeAsync()
    {
        _sender.Dispose();
        _receiver.Dispose();
        _finished.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_finished.Token, cancellationToken);
        var receiving = ReceiveAsync(stop.Token);
        try
        {
            for (var i = 0; i < inFlight; i++)
                await SendAsync();
            while (_unreceived.Count > 0)
                await TakeAsync(await _sender.ReadAsync(cancellationToken));
        }
        finally
        {
            await _finished.CancelAsync();
            await receiving;
        }
    }

    private Task SendAsync()
    {
        var now = Stopwatch.GetTimestamp();
        _unaccepted.Enqueue(now);
        _unreceived.Enqueue(now);
        return _sender.WriteAsync(new Frame
        {
            Message = new Message
            {
                Id = Guid.CreateVersion7().ToString(),
                To = new Identity { User = $"{name}-r" },
                Timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
                Payload = _payload,
            },
        });
    }

    private async Task TakeAsync(Frame frame)
    {
        if (frame.Signal is not { SignalOffsetState: true } signal)
            throw new ViolationException($"not advanced: {frame}");

        var now = Stopwatch.GetTimestamp();
        if (signal.From is not null)
        {
            for (; _received < signal.UserOffset; _received++)
            {
                WasReceived(_unreceived.Dequeue(), now);
                if (!IsOver(now))
                    await SendAsync();
            }

            _sender.Acknowledge(signal.SignalOffset);
        }
        else if (signal.SignalAckState is { Send: true })
        {
            WasAccepted(_unaccepted.Dequeue(), now);
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (await _receiver.ReadAsync(cancellationToken) is { Message: { } message })
                    _receiver.Acknowledge(message.SignalOffset);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}
