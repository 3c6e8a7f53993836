using System.Diagnostics;
using Messaging.Client;

namespace Messaging.Benchmarks.Clients;

/// <summary>Two <see cref="MessagingClient"/>s, as an application uses them: it awaits each message's handle.</summary>
internal sealed class LibraryPair(Uri url, string name, int inFlight, int payload) : ClientPair
{
    private readonly MessagingClient _sender = Start(url, $"{name}-s");
    private readonly MessagingClient _receiver = Start(url, $"{name}-r");
    private readonly CancellationTokenSource _finished = new();
    private readonly byte[] _payload = new byte[payload];

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _sender.WaitUntilConnectedAsync(cancellationToken);
        await _receiver.WaitUntilConnectedAsync(cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _receiver.DisposeAsync();
        _finished.Dispose();
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_finished.Token, cancellationToken);
        var receiving = ReceiveAsync(stop.Token);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => SendAsync(cancellationToken)));
        }
        finally
        {
            await _finished.CancelAsync();
            await receiving;
        }
    }

    private static MessagingClient Start(Uri url, string user) =>
        MessagingClient.Start(new MessagingClientOptions { Address = url, User = user, Device = "load" });

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        while (Stopwatch.GetTimestamp() is var sentAt && !IsOver(sentAt))
        {
            var sent = await _sender.SendAsync($"{name}-r", _payload, cancellationToken);
            await sent.Accepted.WaitAsync(cancellationToken);
            WasAccepted(sentAt, Stopwatch.GetTimestamp());
            await sent.Received.WaitAsync(cancellationToken);
            WasReceived(sentAt, Stopwatch.GetTimestamp());
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Asking for the next one is all that an application does to acknowledge.
            await foreach (var _ in _receiver.ReceiveAsync(cancellationToken))
            {
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}
