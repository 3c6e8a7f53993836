using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Chat;

/// <summary>
/// A sender and the receiver it writes to, and the further devices of both, each with its connection.
/// </summary>
internal sealed class Pair : IDisposable
{
    private readonly string _name;
    private readonly Receiver _receiver;
    private readonly Bystander[] _further;

    public Pair(string name, ChatOptions options)
    {
        _name = name;
        var (sender, receiver) = ($"{name}-s", $"{name}-r");
        Sender = new Sender(sender, receiver, options.InFlight, options.Payload);
        _receiver = new Receiver(receiver, sender, options.Payload);
        _further =
        [
            .. Enumerable.Range(2, options.Devices - 1).SelectMany(IEnumerable<Bystander> (number) =>
            [
                new(sender, $"device-{number}", isSenders: true),
                new(receiver, $"device-{number}", isSenders: false),
            ]),
        ];
    }

    public Sender Sender { get; }

    public bool HasFinished { get; private set; }

    public async Task OpenAsync(Uri server, CancellationToken cancellationToken)
    {
        await Sender.OpenAsync(server, cancellationToken);
        await _receiver.OpenAsync(server, cancellationToken);
        foreach (var device in _further)
            await device.OpenAsync(server, cancellationToken);
    }

    public async Task RunAsync(MeasuredTime time, CancellationToken cancellationToken)
    {
        using var senderFinished = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = Sender.RunAsync(time, stop.Token);
        Task[] others =
        [
            _receiver.RunAsync(senderFinished.Token, stop.Token),
            .. _further.Select(device => device.RunAsync(() => Sender.Completed, senderFinished.Token, stop.Token)),
        ];
        try
        {
            // Whichever fails first says what was wrong; the others would wait for it for ever.
            await await Task.WhenAny([sending, .. others]);
            await sending;
            await senderFinished.CancelAsync();
            await foreach (var ended in Task.WhenEach(others))
                await ended;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll([sending, .. others]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        HasFinished = true;
        if (Sender.Completed != _receiver.Count || Sender.Digest != _receiver.Digest)
            throw new ViolationException(
                $"{Sender.Completed} messages were received, says the server; "
                + $"{_receiver.Count} came, or others than were sent");
    }

    /// <summary>Where it stands, for the message about a run that does not go on.</summary>
    public override string ToString() => $"{_name}: sender {Sender}, receiver {_receiver}";

    public void Dispose()
    {
        Sender.Dispose();
        _receiver.Dispose();
        foreach (var device in _further)
            device.Dispose();
    }
}
