namespace Messaging.Benchmarks.Chat;

/// <summary>A sender and the receiver it writes to, each with a connection of its own.</summary>
internal sealed class Pair : IDisposable
{
    private readonly string _name;
    private readonly Receiver _receiver;

    public Pair(string name, ChatOptions options)
    {
        _name = name;
        var (sender, receiver) = ($"{name}-s", $"{name}-r");
        Sender = new Sender(sender, receiver, options.InFlight, options.Payload);
        _receiver = new Receiver(receiver, sender, options.Payload);
    }

    public Sender Sender { get; }

    public bool HasFinished { get; private set; }

    public async Task OpenAsync(Uri server, CancellationToken cancellationToken)
    {
        await Sender.OpenAsync(server, cancellationToken);
        await _receiver.OpenAsync(server, cancellationToken);
    }

    public async Task RunAsync(MeasuredTime time, CancellationToken cancellationToken)
    {
        using var senderFinished = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var receiving = _receiver.RunAsync(senderFinished.Token, stop.Token);
        var sending = Sender.RunAsync(time, stop.Token);
        try
        {
            // Whichever fails first says what was wrong; the other would wait for it for ever.
            await await Task.WhenAny(receiving, sending);
            await sending;
            await senderFinished.CancelAsync();
            await receiving;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(receiving, sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
    }
}
