using Messaging.Benchmarks.Chat;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Drain;

/// <summary>Sends a number of messages to somebody who is away, many on their way at once.</summary>
internal sealed class QueueFiller : Device
{
    private const int InFlight = 1_024;

    private readonly int _count;
    private readonly MessageTemplate _template;
    private readonly MessageIds _ids = new();
    private readonly byte[] _id = new byte[MessageIds.Size];
    private int _sent;
    private int _accepted;

    public QueueFiller(string user, string recipient, int count, int payload)
        : base(user, "filling", InFlight + 1)
    {
        _count = count;
        _template = new MessageTemplate(recipient, payload, TimeProvider.System.GetUtcNow());
    }

    /// <summary>Ends when all of them are accepted and the stream is closed.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        while (_accepted < _count)
        {
            var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            for (; _sent < _count && _sent - _accepted < InFlight; _sent++)
            {
                _ids.WriteNext(_id, timestamp);
                _template.Write(Call.Reserve(_template.Size), _id, timestamp);
            }

            await ExchangeAsync(cancellationToken);
        }

        await CloseAsync(cancellationToken);
    });

    protected override void TakeAnswer(in ReceivedFrame answer, long readAt)
    {
        Position.TakeOwnAnswer(answer);
        _accepted++;
    }

    protected override void TakeEntry(in ReceivedFrame entry, long readAt) =>
        throw new ViolationException($"nobody was there to receive: {entry.ToString()}");
}
