using Google.Protobuf;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Benchmarks.Grow;

/// <summary>A device that writes to the ledger itself, without a connection. It counts what is settled.</summary>
internal sealed class FillingDevice(ILedger ledger, Party party, int payload) : IStreamListener, IDisposable
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ByteString _payload = ByteString.CopyFrom(new byte[payload]);
    private ILedgerStream? _stream;
    private SignalOffset _acknowledged;
    private long _submitted;
    private long _settled;
    private volatile Submission? _refused;

    /// <summary>What has been handed in and is not settled yet.</summary>
    public long Pending => _submitted - Volatile.Read(ref _settled);

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var open = new OpenStream(party, this);
        await ledger.SubmitAsync(open, cancellationToken);
        await _opened.Task.WaitAsync(cancellationToken);
        _stream = open.Stream!;
    }

    public ValueTask SendAsync(string recipient, long timestamp, CancellationToken cancellationToken)
    {
        var message = new Message { To = new Identity { User = recipient }, Timestamp = timestamp, Payload = _payload };
        return SubmitAsync(
            new SendMessage(
                _stream!, Guid.CreateVersion7().ToString(), recipient,
                new BodyWriter().Write(message), ContentDigest.Of(message)),
            cancellationToken);
    }

    /// <summary>Acknowledges all that can be seen, if that is more than before.</summary>
    public ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
    {
        var head = _stream!.Head;
        if (head <= _acknowledged)
            return default;
        _acknowledged = head;
        return SubmitAsync(new Acknowledge(_stream, head), cancellationToken);
    }

    void IStreamListener.OnSettled(Submission submission)
    {
        if (submission is OpenStream)
        {
            _opened.TrySetResult();
            return;
        }

        if (submission.Settlement != Settlement.Recorded)
            _refused ??= submission;
        Interlocked.Increment(ref _settled);
    }

    void IStreamListener.Wake()
    {
    }

    void IStreamListener.OnReplaced()
    {
    }

    void IStreamListener.OnRevoked()
    {
    }

    public void Dispose() => _stream?.Dispose();

    private ValueTask SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (_refused is { } refused)
            throw new InvalidOperationException(
                $"{party.User}: the ledger refused a {refused.GetType().Name}: {refused.Settlement}");
        _submitted++;
        return ledger.SubmitAsync(submission, cancellationToken);
    }
}
