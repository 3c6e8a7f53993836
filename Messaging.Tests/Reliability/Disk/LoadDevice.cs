using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Reliability.Kills;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>
/// A device that sends a number of messages and gives none of them up: it connects again however its stream is lost,
/// sends what is not answered again, in order, and what was refused for now after a pause. It acknowledges and reads
/// what comes, writes all of it into a history, and keeps in <see cref="Told"/> what it is told.
/// </summary>
internal sealed class LoadDevice : IAsyncDisposable
{
    private const int MaxInFlight = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan PauseToConnect = TimeSpan.FromMilliseconds(50);
    private static readonly int[] Sizes = [0, 20, 20, 200, 200, 200, 2_000, 6_000, 30_000];

    private readonly GrpcChannel channel;
    private readonly Identity identity;
    private readonly string[] peers;
    private readonly History history;
    private readonly Told told;
    private readonly Func<long> operations;
    private readonly Random random;
    private readonly Lock gate = new();
    private readonly LinkedList<Message> unanswered = [];
    private readonly HashSet<string> refused = [];
    private readonly HashSet<string> reads = [];
    private readonly List<string> refusals = [];
    private readonly List<string> endings = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly Task running;
    private int toSend;
    private int produced;
    private int received;
    private int signals;
    private int cursor;
    private string epoch = "";

    /// <param name="address">The server.</param>
    /// <param name="name">"user/device".</param>
    /// <param name="peers">Whom it writes to.</param>
    /// <param name="history">Where it writes what it does and sees.</param>
    /// <param name="told">Where it keeps what it is told.</param>
    /// <param name="operations">How many changes the disk has taken.</param>
    /// <param name="random">Decides to whom, and how much.</param>
    public LoadDevice(
        string address, string name, string[] peers, History history, Told told, Func<long> operations, Random random)
    {
        channel = GrpcChannel.ForAddress(address);
        identity = new Identity { User = name.Split('/')[0], Device = name.Split('/')[1] };
        this.peers = peers;
        this.history = history;
        this.told = told;
        this.operations = operations;
        this.random = random;
        running = Task.Run(RunAsync);
    }

    public string Name => $"{identity.User}/{identity.Device}";

    /// <summary>Whether a rule was broken; <see cref="StopAsync"/> tells which.</summary>
    public bool HasFailed => running.IsFaulted;

    /// <summary>Whether all that it was to send has been answered with <c>true</c>, and no read is under way.</summary>
    public bool IsDone
    {
        get
        {
            lock (gate)
                return toSend == 0 && unanswered.Count == 0 && reads.Count == 0;
        }
    }

    /// <summary>The reasons of the answers that were <c>false</c>.</summary>
    public IReadOnlyList<string> Refusals
    {
        get
        {
            lock (gate)
                return [.. refusals];
        }
    }

    /// <summary>How its streams ended, and how the attempts to open one failed.</summary>
    public IReadOnlyList<string> Endings
    {
        get
        {
            lock (gate)
                return [.. endings];
        }
    }

    /// <summary>So many messages more.</summary>
    public void Send(int messages)
    {
        lock (gate)
            toSend += messages;
    }

    /// <summary>Ends its stream and stays away.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await running.InTime($"{Name} ends");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            channel.Dispose();
            stopping.Dispose();
        }
    }

    private async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await RunStreamAsync();
            }
            // Whatever a lost stream throws, at the loop that reads or at the one that writes.
            catch (Exception exception) when (exception is RpcException or IOException or HttpRequestException
                or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                if (stopping.IsCancellationRequested)
                    return;
                lock (gate)
                    endings.Add(exception is RpcException lost ? lost.StatusCode.ToString() : exception.GetType().Name);
                await Task.Delay(PauseToConnect, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private async Task RunStreamAsync()
    {
        var headers = new Metadata { { "messaging-user", identity.User }, { "messaging-device", identity.Device } };
        var position = epoch.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{epoch}/{cursor}") : null;
        if (position is not null)
            headers.Add("messaging-position", position);
        lock (gate)
        {
            refused.Clear();
            reads.Clear();
        }

        using var call = new MessagingService.MessagingServiceClient(channel)
            .Sync(headers, cancellationToken: stopping.Token);
        var written = history.Open(identity.User, identity.Device, position);
        try
        {
            var answered = await call.ResponseHeadersAsync;
            epoch = answered.GetValue("messaging-epoch")
                ?? throw new RpcException(new Status(StatusCode.Unavailable, "no headers"));
            written.Began(epoch, Number(answered, "messaging-head"), Number(answered, "messaging-window"));
            using var stream = new OneStream(call, written);
            var reading = ReadAsync(call.ResponseStream, written, stream);
            try
            {
                await WriteAsync(stream, reading);
            }
            finally
            {
                call.Dispose();
                await reading;
            }
        }
        finally
        {
            written.Ended("lost");
        }
    }

    private async Task WriteAsync(OneStream stream, Task reading)
    {
        var again = Unanswered();
        while (!reading.IsCompleted)
        {
            foreach (var message in again)
                await stream.UpAsync(new Frame { Message = message.Clone() });
            again = AllRefused();
            if (again.Count > 0)
                await Task.Delay(Pause, TimeProvider.System, stopping.Token);
            else if (Next() is { } message)
                await stream.UpAsync(new Frame { Message = message.Clone() });
            else
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, stopping.Token);
        }
    }

    private List<Message> Unanswered()
    {
        lock (gate)
            return [.. unanswered];
    }

    /// <summary>What was refused for now, once nothing else is under way.</summary>
    private List<Message> AllRefused()
    {
        lock (gate)
        {
            if (refused.Count == 0 || refused.Count < unanswered.Count)
                return [];
            refused.Clear();
            return [.. unanswered];
        }
    }

    private Message? Next()
    {
        lock (gate)
        {
            if (toSend == 0 || refused.Count > 0 || unanswered.Count >= MaxInFlight)
                return null;
            toSend--;
            var payload = new byte[Sizes[random.Next(Sizes.Length)]];
            random.NextBytes(payload);
            var message = new Message
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"{identity.User}-{identity.Device}-{++produced:D6}"),
                To = new Identity { User = peers[random.Next(peers.Length)] },
                Timestamp = 1_700_000_000_000 + produced,
                Payload = ByteString.CopyFrom(payload),
            };
            told.Sends(identity.User, message);
            unanswered.AddLast(message);
            return message;
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<Frame> frames, StreamHistory written, OneStream stream)
    {
        var isFirst = true;
        await foreach (var frame in frames.ReadAllAsync(CancellationToken.None))
        {
            // What is told now was on disk by now.
            var operation = operations();
            List<Frame> replies = [];
            if (isFirst)
                told.HasCursor(Name, frame.Signal.SignalOffset, operation);
            else
                replies.AddRange(Take(frame, operation));
            isFirst = false;

            // Only now: once all is known to have arrived, all reads that follow from it are known as well.
            written.Down(frame);
            foreach (var reply in replies)
                await stream.UpAsync(reply);
        }
    }

    /// <returns>What goes up in turn.</returns>
    private IEnumerable<Frame> Take(Frame frame, long operation)
    {
        if (frame.Message is { } message)
        {
            told.IsDelivered(identity.User, message.SignalOffset, frame, operation);
            if (message.From.User == identity.User && message.From.Device == identity.Device)
                told.IsAccepted(identity, message.Id, message.SignalOffset, message.UserOffset, operation);
            yield return Acknowledgement(message.SignalOffset);
            if (message.From.User != identity.User && ++received % 6 == 0)
                yield return Read(message);
        }
        else if (frame.Signal is { From: not null } signal)
        {
            if (signal.SignalOffset > 0)
            {
                told.IsDelivered(identity.User, signal.SignalOffset, frame, operation);
                yield return Acknowledgement(signal.SignalOffset);
            }
        }
        else
            TakeAnswer(frame.Signal, operation);
    }

    private void TakeAnswer(Signal signal, long operation)
    {
        lock (gate)
        {
            if (signal.HasError)
            {
                if (signal.Type == SignalKind.Error)
                    throw new ProtocolViolationException($"{Name}: {signal} refuses what is in order.", Invariant.Unexpected);
                refusals.Add(signal.Error);
                reads.Remove(signal.Id);
                if (unanswered.Any(message => message.Id == signal.Id))
                    refused.Add(signal.Id);
            }
            else if (signal.SignalAckState is { Send: true })
            {
                told.IsAccepted(identity, signal.Id, signal.SignalOffset, signal.UserOffset, operation);
                if (unanswered.FirstOrDefault(message => message.Id == signal.Id) is { } answered)
                    unanswered.Remove(answered);
            }
            else if (signal.SignalAckState is { Received: true })
            {
                cursor = Math.Max(cursor, signal.SignalOffset);
                told.HasCursor(Name, signal.SignalOffset, operation);
            }
            else if (signal.SignalAckState is { Read: true })
            {
                reads.Remove(signal.Id);
                told.HasRead(identity.User, signal.To.User, signal.UserOffset, operation);
            }
        }
    }

    private Frame Acknowledgement(int offset) => new()
    {
        Signal = new Signal
        {
            // Now and then one whose answer says that it is on disk.
            Id = offset % 4 == 0 ? string.Create(CultureInfo.InvariantCulture, $"ack-{++signals}") : "",
            SignalOffset = offset,
            SignalAckState = new SignalAckState { Received = true },
        },
    };

    private Frame Read(Message message)
    {
        lock (gate)
            reads.Add(message.Id);
        return new Frame
        {
            Signal = new Signal
            {
                Id = message.Id,
                To = new Identity { User = message.From.User },
                UserOffset = message.UserOffset,
                SignalAckState = new SignalAckState { Read = true },
            },
        };
    }

    private static int Number(Metadata headers, string name) =>
        int.Parse(headers.GetValue(name) ?? "0", CultureInfo.InvariantCulture);
}
