using System.Text;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Chat;

/// <summary>Acknowledges each message of one sender with a frame of its own, and checks that none is missing.</summary>
internal sealed class Receiver : Device
{
    private readonly byte[] _from;
    private readonly int _payload;
    private ContentDigest _digest;

    public Receiver(string user, string sender, int payload)
        : base(user, "receiving", farthestAhead: 1)
    {
        // An Identity on the wire: field 1, a length, the user; the device follows.
        _from = [0x0a, (byte)sender.Length, .. Encoding.ASCII.GetBytes(sender)];
        _payload = payload;
    }

    public int Count { get; private set; }

    public ulong Digest => _digest.Value;

    /// <summary>Receives until it is told that the sender has finished, then closes the stream.</summary>
    public Task RunAsync(CancellationToken senderFinished, CancellationToken stop) => GuardAsync(async () =>
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(senderFinished, stop);
        try
        {
            while (true)
                await ExchangeAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            await CloseAsync(stop);
        }
    });

    public override string ToString() => $"at offset {Position.Value} with {Count} messages";

    protected override void TakeAnswer(in ReceivedFrame answer, long readAt) =>
        throw new ViolationException($"an answer to nothing that was asked: {answer.ToString()}");

    protected override void TakeEntry(in ReceivedFrame entry, long readAt)
    {
        Position.TakeEntry(entry);
        if (!entry.IsMessage || entry.Role != V1.SignalType.Receiver || !entry.From.StartsWith(_from))
            throw new ViolationException($"nothing but messages of one sender was due: {entry.ToString()}");
        if (entry.UserOffset != Count + 1)
            throw new ViolationException($"the conversation stood at {Count}, then came {entry.ToString()}");
        if (entry.PayloadLength != _payload)
            throw new ViolationException($"a payload of {entry.PayloadLength} bytes in {entry.ToString()}");

        Count++;
        _digest.Add(entry.Id);
        Acknowledgement.Write(Call, entry.SignalOffset);
    }
}
