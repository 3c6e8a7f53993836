using Grpc.Core;
using Messaging.Client.Connection;
using Messaging.V1;

namespace Messaging.Tests.Client.Support;

/// <summary>One stream of the <see cref="HostileServer"/>: frames as they are asked for, and an end of any kind.</summary>
internal sealed class HostileStream(HostileServer server, Random random) : ISyncStream
{
    private static readonly StatusCode[] Codes = Enum.GetValues<StatusCode>();

    private readonly HostileFrames _frames = new(random);
    private readonly Lock _gate = new();

    // Negative: it has gone silent.
    private int _left = random.Next(4) == 0 ? random.Next(4) : random.Next(server.LongestStream);

    public async Task<StreamHeaders> HeadersAsync(CancellationToken cancellationToken)
    {
        await PauseAsync(cancellationToken);
        if (random.Next(15) == 0)
            throw Status();
        if (random.Next(30) == 0)
            await SilenceAsync(cancellationToken);
        var epoch = random.Next(20) == 0 ? "" : $"h{random.Next(100) / 60}";
        server.Begin(epoch);
        return new StreamHeaders(
            random.Next(10) == 0 ? new string('s', 10_000) : "s", epoch,
            random.Next(4) switch { 0 => null, 1 => int.MaxValue, 2 => 1, _ => random.Next(1, 100) },
            random.Next(3) == 0 ? TimeSpan.FromMilliseconds(random.Next(1, 2000)) : null)
        {
            Head = random.Next(5) switch { 0 => 0, 1 => int.MaxValue, _ => null },
        };
    }

    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        await PauseAsync(cancellationToken);
        if (_left-- > 0)
        {
            lock (_gate)
                return server.Note(_frames.Next());
        }
        switch (random.Next(4))
        {
            case 0:
                return null;
            case 1:
                throw new IOException("broken");
            case 2:
                await SilenceAsync(cancellationToken);
                return null;
            default:
                throw Status();
        }
    }

    public async ValueTask WriteAsync(Frame frame, bool more, CancellationToken cancellationToken)
    {
        server.Take(frame);
        lock (_gate)
            _frames.Heard(frame);
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
    }

    public Task CompleteAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private RpcException Status()
    {
        var code = Codes[random.Next(Codes.Length)];
        var ends = code is StatusCode.InvalidArgument or StatusCode.Unauthenticated or StatusCode.Aborted
            && server.MayEndClients && random.Next(4) == 0;
        if (!ends && code is StatusCode.InvalidArgument or StatusCode.Unauthenticated)
            code = StatusCode.Internal;
        return new RpcException(new Status(code, "hostile"), ends && code == StatusCode.Aborted
            ? new Metadata { { "messaging-reason", "replaced" } }
            : []);
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (server.Over.IsCancellationRequested)
            throw new IOException("It is over.");
        if (random.Next(60) == 0)
            await DelayAsync(TimeSpan.FromMilliseconds(random.Next(50)), cancellationToken);
        else
            await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
    }

    // Without a heartbeat the client has been promised nothing, and waits: the network would end it.
    private Task SilenceAsync(CancellationToken cancellationToken) =>
        DelayAsync(TimeSpan.FromSeconds(2), cancellationToken);

    private async Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, server.Over);
        try
        {
            await Task.Delay(delay, server.Time, ending.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("It is over.");
        }
    }
}
