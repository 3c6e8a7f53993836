using Grpc.Core;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Security;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>One stream's read loop: takes frames and hands them on; it waits for room, never for an answer.</summary>
internal sealed class UpstreamLoop(
    IAsyncStreamReader<Frame> frames, ILedgerStream stream, Intake intake, Outbox outbox, StreamLife life,
    StreamTally tally, SessionServices services)
{
    private readonly ReadPace _pace = new(services.Streams, services.Time);
    private int _invalid;
    private int _overRate;

    /// <summary>Ends with the peer's half-close, or when it has sent too much that is no use (protocol §9).</summary>
    public async Task<Ending> RunAsync()
    {
        while (true)
        {
            await outbox.RoomAsync(life.Reading);
            if (!await frames.MoveNext(life.Reading))
                return Ending.HalfClosed;
            var frame = frames.Current;
            await TakeAsync(frame);
            if (_invalid >= services.Streams.InvalidInARow)
                return Ending.Abuse;
            if (_overRate > 0 && _overRate == services.Streams.OverRate)
                return Ending.OverRate;
            await _pace.TakeAsync(frame.CalculateSize(), life.Reading);
        }
    }

    private async ValueTask TakeAsync(Frame frame)
    {
        var taken = intake.Take(frame);
        if (taken is Taken.Reread reread)
            taken = reread with { After = await OldestRetained.BehindAsync(stream, reread.After, life.Working) };

        tally.Took(taken);
        _invalid = taken is Taken.Refused { Code: RefusalCode.InvalidArgument } or Taken.NegativeAcknowledgement
            ? _invalid + 1
            : 0;
        if (taken is Taken.Send { Submission.IsOverRate: true })
            _overRate++;
        if (taken is Taken.Awareness awareness)
        {
            services.Devices.Relay(awareness.Signal, stream.Device);
            if (awareness.Signal.Id.Length == 0)
                return;
        }

        if (taken.Work is not { } work)
        {
            outbox.Post(taken);
            return;
        }

        outbox.Expect(taken);
        await services.Ledger.SubmitAsync(work, life.Working);
    }
}
