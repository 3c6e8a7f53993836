using System.Diagnostics;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Security;
using Messaging.V1;

namespace Messaging.Service.Sync;

/// <summary>
/// One stream of one device, from its opening to its end (protocol §2): a read loop and a write loop, which never wait
/// for each other, and what the ledger has to tell them.
/// </summary>
internal sealed class DeviceSession : IStreamListener, IDisposable
{
    private readonly SessionServices _services;
    private readonly CallerVerdict.Known _caller;
    private readonly StreamCall _call;
    private readonly string _id;
    private readonly StreamLife _life;
    private readonly Outbox _outbox;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly FenceWatch _fence;
    private readonly ExpiryWatch _expiry;
    private readonly AwarenessBox _awareness;
    private readonly StreamTally _tally;
    private readonly Eviction _eviction;
    private QueueWalk? _walk;
    private ILedgerStream? _stream;

    public DeviceSession(SessionServices services, CallerVerdict.Known caller, StreamCall call, string id)
    {
        (_services, _caller, _call, _id) = (services, caller, call, id);
        _life = new StreamLife(new Kick(), call.Context.CancellationToken);
        _outbox = new Outbox(services.Streams.Unanswered, _life.Kick);
        _awareness = new AwarenessBox(services.Streams.Awareness);
        _fence = new FenceWatch(services.Streams.FenceTimeout, _life, services.Time);
        _tally = new StreamTally(services.Telemetry, Activity.Current);
        _expiry = new ExpiryWatch(caller.Expires, _life, services.Time);
        _eviction = new Eviction(() => call.Reset(ResetCode.PermissionDenied), services.Time);
    }

    /// <summary>Whose stream it is.</summary>
    public Party Device => _caller.Device;

    /// <inheritdoc cref="QueueWalk.Waiting"/>
    public int Waiting => _walk?.Waiting ?? 0;

    /// <inheritdoc cref="QueueWalk.OldestInFlight"/>
    public long OldestInFlight => _walk?.OldestInFlight ?? 0;

    /// <summary>Ends when the stream has; how is in the call's status. Everything it started is over by then.</summary>
    public async Task RunAsync()
    {
        if (!_services.Rates.TryEnter(Device, out var rate, out var refusal))
        {
            var ending = Ending.NotAdmitted(refusal);
            _services.Telemetry.Refused(ending.Name);
            Conclude(ending);
            return;
        }

        try
        {
            await RunAsync(rate);
        }
        finally
        {
            MessageRates.Leave(rate);
        }
    }

    private async Task RunAsync(MessageRate rate)
    {
        var request = StreamRequest.Read(
            _call.Context.RequestHeaders, _services.Ledger.Epoch, _services.Delivery.Window);
        if (await OpenAsync(request) is { Stream: { } stream } open)
        {
            using (stream)
                await ServeAsync(stream, open, request.Window, rate);
        }
        else
            _services.Telemetry.Refused((_life.Ending ?? Ending.Failed).Name);

        Conclude(_life.Ending ?? Ending.Failed);
    }

    void IStreamListener.OnSettled(Submission submission)
    {
        if (submission is OpenStream)
        {
            _opened.TrySetResult();
            return;
        }

        if (submission is PassOver)
            return; // it needs no answer

        _fence.Heed(submission);
        _outbox.Settle(submission);
    }

    void IStreamListener.Wake() => _life.Kick.Set();

    void IStreamListener.OnReplaced() => _life.End(Ending.Replaced);

    void IStreamListener.OnRevoked()
    {
        _life.End(Ending.Revoked);
        _eviction.Begin();
    }

    /// <summary>Whether this device's user has blocked another (protocol §11). From any thread, while it is connected.</summary>
    public bool HasBlocked(string user) => _stream!.HasBlocked(user);

    /// <summary>A status for this device (protocol §7). From any thread.</summary>
    public void Offer(Frame awareness)
    {
        _awareness.Offer(awareness);
        _life.Kick.Set();
    }

    public void Dispose()
    {
        _expiry.Dispose();
        _eviction.Dispose();
        _fence.Dispose();
        _life.Dispose();
    }

    /// <summary>Null where the ledger has not handed the opening back.</summary>
    private async Task<OpenStream?> OpenAsync(StreamRequest request)
    {
        var open = new OpenStream(Device, this, request.StartsAtHead, request.Position);
        try
        {
            await _services.Ledger.SubmitAsync(open, _life.Working);
        }
        catch (LedgerClosedException)
        {
            _life.End(Ending.NotOpened);
            return null;
        }
        catch (OperationCanceledException) when (_life.IsPeerGone)
        {
            return null;
        }

        // Not cut short when the peer goes: a stream that the ledger has opened must be closed again.
        await Task.WhenAny(_opened.Task, _services.Ledger.Completion);
        if (!_opened.Task.IsCompleted)
        {
            // What the writer had decided when the disk failed is not on it (protocol §1).
            _life.End(Ending.NotOpened);
            return null;
        }

        if (open.Settlement == Settlement.OutOfRange)
        {
            _life.End(Ending.WentBack);
            SyncLog.WentBack(_services.Logger, Device.User, Device.Device, request.Position);
        }
        else if (open.Settlement == Settlement.Superseded)
            _life.End(Ending.Replaced);
        else if (open.Settlement == Settlement.Revoked)
        {
            _life.End(Ending.Revoked);
            _services.Audit.RefusedRemoved(_call.Context, Device);
        }
        else if (open.Settlement == Settlement.TooMany)
            _life.End(Ending.TooManyDevices);
        else if (open.Settlement != Settlement.Recorded)
            _life.End(Ending.NotOpened);
        return open;
    }

    private async Task ServeAsync(ILedgerStream stream, OpenStream open, int window, MessageRate rate)
    {
        var (streams, delivery) = (_services.Streams, _services.Delivery);
        var began = _services.Time.GetTimestamp();
        _services.Telemetry.Opened();
        SyncLog.Opened(_services.Logger, _id, Device.User, Device.Device, open.Cursor, open.Head);
        _services.Audit.SignedIn(Device, _caller.Proof, _caller.MaySendAs, _id, _call.Context.Peer);

        using var stall = new StallWatch(streams.StallTimeout, OnStalled, _services.Time);
        using var heartbeat = new Heartbeat(delivery.Heartbeat, _life.Kick, _services.Time);
        using var age = new AgeWatch(streams.MaxAge, _id, OnAged, _services.Time);
        using var drain = new DrainWatch(
            streams.DrainTimeout, OnDraining, OnDrainedTooLong, _services.Time, _services.Host.ApplicationStopping);

        var walk = _walk = new QueueWalk(stream, new DeliveryWindow(window, delivery.WindowBytes), open.Cursor, open.Head);
        var answers = new Answers(stream, walk, _services.Logger);
        var up = new UpstreamLoop(
            _call.Frames, stream, _services.NewIntake(stream, rate, _caller), _outbox, _life, _tally, _services);
        var down = new DownstreamLoop(
            new FrameWriter(_call.Answers, stall), walk, answers, _outbox, _life, heartbeat, _awareness, _tally,
            _services.Ledger);

        _stream = stream;
        _services.Devices.Add(this);
        var writing = WriteAsync(down, open, window);
        var reading = ReadAsync(up);
        await Task.WhenAll(writing, reading);
        _services.Devices.Remove(this);
        var ending = _life.Ending!;
        _tally.End(ending);
        SyncLog.Closed(
            _services.Logger, _id, Device.User, Device.Device, ending.Name, ending.Status.StatusCode, _tally.Frames,
            _tally.Refused, _tally.Entries, _services.Time.GetElapsedTime(began));
    }

    private async Task ReadAsync(UpstreamLoop loop)
    {
        try
        {
            _life.End(await loop.RunAsync());
        }
        catch (Exception exception)
        {
            _life.End(StreamFault.EndingOf(exception, _life, _id, _services.Logger));
        }

        _life.TookAll();
    }

    private async Task WriteAsync(DownstreamLoop loop, OpenStream open, int window)
    {
        try
        {
            await _call.Context.WriteResponseHeadersAsync(ResponseHeaders.For(_id, _services, open, window));
            await loop.RunAsync(open.Cursor);
        }
        catch (Exception exception)
        {
            _life.End(StreamFault.EndingOf(exception, _life, _id, _services.Logger));
        }

        _life.StopWorking();
    }

    private void OnStalled()
    {
        _life.End(Ending.Stalled);
        _call.Reset(ResetCode.ResourceExhausted);
    }

    private void OnAged() => _life.End(Ending.Aged);

    private void OnDraining() => _life.End(Ending.Draining);

    private void OnDrainedTooLong()
    {
        _life.End(Ending.DrainedTooLong);
        _call.Reset(ResetCode.Unavailable);
    }

    private void Conclude(Ending ending)
    {
        _call.Context.Status = ending.Status;
        if (ending.Reason is { } reason)
            _call.Context.ResponseTrailers.Add(Ending.ReasonTrailer, reason);
    }
}
