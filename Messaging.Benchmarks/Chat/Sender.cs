using System.Diagnostics;
using System.Globalization;
using Messaging.Benchmarks.Measuring;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Chat;

/// <summary>Keeps a fixed number of messages in flight to one recipient, and checks what comes back.</summary>
internal sealed class Sender : Device
{
    private const int DefaultWindow = 64;

    private readonly InFlight _messages;
    private readonly MessageTemplate _template;
    private readonly MessageIds _ids = new();
    private MeasuredTime _time = new(0, 0);
    private ContentDigest _digest;
    private int _unacknowledged;
    private int _acknowledgeEvery = DefaultWindow / 2;

    // Each message in flight has at most two entries past the position: itself and its receipt.
    public Sender(string user, string recipient, int inFlight, int payload)
        : base(user, "sending", (2 * inFlight) + DefaultWindow)
    {
        _messages = new InFlight(inFlight);
        _template = new MessageTemplate(recipient, payload, TimeProvider.System.GetUtcNow());
    }

    public LatencyHistogram Accepted { get; } = new();

    public LatencyHistogram Tick { get; } = new();

    /// <summary>Round trips so far; may be read by others while it runs.</summary>
    public int Completed => _messages.Received;

    public ulong Digest => _digest.Value;

    /// <summary>Sends until the measured time is over, waits for what is in flight, and closes the stream.</summary>
    public Task RunAsync(MeasuredTime time, CancellationToken stop) => GuardAsync(async () =>
    {
        _time = time;
        if (int.TryParse(Call.Headers?["messaging-window"], CultureInfo.InvariantCulture, out var window))
            _acknowledgeEvery = Math.Clamp(window / 2, 1, DefaultWindow / 2);

        Fill();
        while (_messages.Count > 0)
        {
            await ExchangeAsync(stop);
            Fill();
        }

        Acknowledge();
        await CloseAsync(stop);
    });

    public override string ToString() =>
        $"at offset {Position.Value} with {_messages.Sent} sent, {_messages.Accepted} accepted, "
        + $"{_messages.Received} received";

    protected override void TakeAnswer(in ReceivedFrame answer, long readAt)
    {
        if (!answer.IsSend)
            throw new ViolationException($"an answer to nothing that was asked: {answer.ToString()}");

        Position.TakeOwnAnswer(answer);
        var sentAt = _messages.Accept(answer);
        if (_time.Contains(readAt))
            Accepted.Record(readAt - sentAt);
    }

    protected override void TakeEntry(in ReceivedFrame entry, long readAt)
    {
        Position.TakeEntry(entry);
        if (entry.IsMessage || !entry.IsReceived)
            throw new ViolationException($"nothing but receipts was due: {entry.ToString()}");
        if (entry.UserOffset < _messages.Received)
            throw new ViolationException($"the watermark stood at {_messages.Received}, then came {entry.ToString()}");

        var isMeasured = _time.Contains(readAt);
        while (_messages.Received < entry.UserOffset)
        {
            var sentAt = _messages.Receive(entry);
            if (isMeasured)
                Tick.Record(readAt - sentAt);
        }

        if (++_unacknowledged >= _acknowledgeEvery)
            Acknowledge();
    }

    private void Fill()
    {
        var now = Stopwatch.GetTimestamp();
        if (!_messages.HasRoom || now >= _time.Until)
            return;

        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        while (_messages.HasRoom)
        {
            var id = _messages.Add(now);
            _ids.WriteNext(id, timestamp);
            _digest.Add(id);
            _template.Write(Call.Reserve(_template.Size), id, timestamp);
        }
    }

    private void Acknowledge()
    {
        Acknowledgement.Write(Call, Position.Value);
        _unacknowledged = 0;
    }
}
