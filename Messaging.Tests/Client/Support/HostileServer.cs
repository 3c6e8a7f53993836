using Messaging.Client.Connection;
using Messaging.V1;
using Microsoft.Extensions.Time.Testing;

namespace Messaging.Tests.Client.Support;

/// <summary>
/// A server that keeps no promise, for one device of alice, drawn from a seed; and, once it has been replaced, the test's
/// own. It judges what the client acknowledges.
/// </summary>
internal sealed class HostileServer(FakeTimeProvider time, int seed) : ISyncTransport
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly CancellationTokenSource _over = new();
    private readonly ScriptedTransport _successor = new();
    private readonly HashSet<string> _answered = [];
    private readonly List<string> _violations = [];

    // Under the present epoch: what a position signal covered, which offsets an entry or an answer has named.
    private readonly Dictionary<int, HashSet<string>> _named = [];
    private string _epoch = "";
    private int _accounted;
    private int _frames;
    private int _streams;

    public FakeTimeProvider Time { get; } = time;

    /// <summary>Cancelled when it has been replaced: its streams end.</summary>
    public CancellationToken Over => _over.Token;

    public int Frames => Volatile.Read(ref _frames);

    public int Streams => Volatile.Read(ref _streams);

    /// <summary>How many frames each stream has at most.</summary>
    public int LongestStream { get; init; } = 80;

    /// <summary>Whether a stream may end with a status that ends the client.</summary>
    public bool MayEndClients { get; init; } = true;

    /// <summary>What the client acknowledged without having had it; empty where it is right.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_gate)
                return [.. _violations];
        }
    }

    /// <summary>Of each: one of these messages was acknowledged, so the application must have it.</summary>
    public List<HashSet<string>> Owed { get; } = [];

    /// <summary>Whether it has said anything about a message that the client sent.</summary>
    public bool HasAnswered(string id)
    {
        lock (_gate)
            return _answered.Contains(id);
    }

    /// <summary>From here on the streams are the test's.</summary>
    public ScriptedTransport Replace()
    {
        _over.Cancel();
        return _successor;
    }

    public ISyncStream Open(StreamRequest request)
    {
        if (_over.IsCancellationRequested)
            return _successor.Open(request);
        lock (_gate)
        {
            _streams++;
            return new HostileStream(this, new Random(_random.Next()));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void Begin(string epoch)
    {
        lock (_gate)
        {
            if (epoch.Length == 0 || epoch == _epoch)
                return;
            // What came before the first name is of the ledger that is named first.
            if (_epoch.Length > 0)
            {
                _named.Clear();
                _accounted = 0;
            }
            _epoch = epoch;
        }
    }

    /// <summary>Goes down next.</summary>
    public Frame Note(Frame frame)
    {
        lock (_gate)
        {
            _frames++;
            if (frame.Message is { SignalOffset: > 0 } message)
                Named(message.SignalOffset).Add(message.SignalType == SignalType.Receiver ? message.Id : "");
            else if (frame.Signal is { } signal)
                Note(signal);
            return frame;
        }
    }

    /// <summary>Came up.</summary>
    public void Take(Frame frame)
    {
        if (frame.Signal is not { SignalAckState: { Received: true, Read: false }, SignalOffset: var upTo })
            return;
        lock (_gate)
        {
            for (var offset = upTo; offset > _accounted; offset--)
            {
                if (!_named.TryGetValue(offset, out var ids))
                {
                    _violations.Add($"{upTo} is acknowledged, and {offset} never came under {_epoch}");
                    return;
                }
                if (!ids.Contains(""))
                    Owed.Add(ids);
            }
            _accounted = Math.Max(_accounted, upTo);
        }
    }

    private void Note(Signal signal)
    {
        var isOfServer = signal is { From: null or { User: "" } };
        if (isOfServer && signal is { Type: SignalKind.Response or SignalKind.Error })
            _answered.Add(signal.Id);
        if (isOfServer
            && signal is { Type: SignalKind.Response, SignalType: SignalType.Device, SignalOffsetState: true })
            _accounted = Math.Max(_accounted, signal.SignalOffset);
        else if (signal.SignalOffset > 0)
            Named(signal.SignalOffset).Add("");
    }

    private HashSet<string> Named(int offset)
    {
        if (!_named.TryGetValue(offset, out var ids))
            _named.Add(offset, ids = []);
        return ids;
    }
}
