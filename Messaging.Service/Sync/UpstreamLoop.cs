using Grpc.Core;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>One stream's read loop: takes frames and hands them on; it waits for room, never for an answer.</summary>
internal sealed class UpstreamLoop(
    IAsyncStreamReader<Frame> frames, Intake intake, Outbox outbox, StreamLife life, Party device,
    SessionServices services)
{
    private int _invalid;

    /// <summary>Ends with the peer's half-close, or when it has sent too much that is no use (protocol §9).</summary>
    public async Task<Ending> RunAsync()
    {
        while (true)
        {
            await outbox.RoomAsync(life.Reading);
            if (!await frames.MoveNext(life.Reading))
                return Ending.HalfClosed;
            await TakeAsync(frames.Current);
            if (_invalid >= services.Streams.InvalidInARow)
                return Ending.Abuse;
        }
    }

    private ValueTask TakeAsync(Frame frame)
    {
        var taken = intake.Take(frame);
        _invalid = taken is Taken.Refused { Code: RefusalCode.InvalidArgument } ? _invalid + 1 : 0;
        if (taken is Taken.Awareness awareness)
        {
            services.Devices.Relay(awareness.Signal, device);
            if (awareness.Signal.Id.Length == 0)
                return ValueTask.CompletedTask;
        }

        if (taken.Work is not { } work)
        {
            outbox.Post(taken);
            return ValueTask.CompletedTask;
        }

        outbox.Expect(taken);
        return services.Ledger.SubmitAsync(work, life.Working);
    }
}
