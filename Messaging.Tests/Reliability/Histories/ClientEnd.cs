using Grpc.Core;
using Messaging.Client.Connection;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>A stream as its client sees it. What goes over it here is what the history judges.</summary>
internal sealed class ClientEnd(Pipe up, Pipe down, StreamTape tape) : ISyncStream
{
    private bool isOver;

    /// <summary>Set while the process that has it lives: a dead one does nothing that anyone sees.</summary>
    public bool IsAlive { get; private set; } = true;

    public bool IsOpen => IsAlive && !isOver;

    public async Task<StreamHeaders> HeadersAsync(CancellationToken cancellationToken)
    {
        var first = await ReadParcelAsync(cancellationToken).ConfigureAwait(false);
        if (first is not Parcel.Headers headers)
            throw new InvalidOperationException($"The stream began with {first}.");
        tape.Began(headers.Values);
        return StreamHeaders.Read(headers.Values.GetValue);
    }

    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await ReadParcelAsync(cancellationToken).ConfigureAwait(false) is not Parcel.Content content)
            return null;
        var frame = content.Read();
        tape.Down(frame);
        return frame;
    }

    public async ValueTask WriteAsync(Frame frame, bool more, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (isOver)
            throw new IOException("The call has ended.");
        tape.Up(frame);
        var content = Parcel.Content.Of(frame);
        await up.WriteAsync(content, more).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task CompleteAsync() => await up.WriteAsync(new Parcel.HalfClose()).ConfigureAwait(false);

    /// <summary>Gives the call up, where it is not over.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!IsOpen)
            return;
        Finish("given up by the client");
        _ = up.WriteAsync(new Parcel.Reset());
        down.Cut(keep: 0);
        await Task.CompletedTask;
    }

    /// <summary>The connection is broken, and this side learns of it.</summary>
    public void Break(Func<Exception> reason)
    {
        if (!IsOpen)
            return;
        Finish("broken");
        down.BreakReads(reason);
        up.BreakWrites(new IOException("The connection is broken."));
    }

    /// <summary>The process is no more.</summary>
    public void Kill()
    {
        if (IsOpen)
            Finish("killed");
        IsAlive = false;
    }

    private async ValueTask<Parcel> ReadParcelAsync(CancellationToken cancellationToken)
    {
        var parcel = await down.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (parcel is not Parcel.End end)
            return parcel;
        Finish($"{end.Status.StatusCode} {end.Trailers.GetValue("messaging-reason")}");
        down.BreakReads(() => new RpcException(end.Status, end.Trailers));
        up.BreakWrites(new IOException("The call has ended."));
        return end.Status.StatusCode == StatusCode.OK ? parcel : throw new RpcException(end.Status, end.Trailers);
    }

    private void Finish(string how)
    {
        isOver = true;
        tape.Ended(how);
    }
}
