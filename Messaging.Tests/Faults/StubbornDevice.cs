using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Faults;

/// <summary>
/// A device that connects again however its stream is lost, sends what was not answered again in order, keeps a copy of
/// its queue before it acknowledges, and refuses whatever contradicts what it was told before.
/// </summary>
internal sealed class StubbornDevice : IDisposable
{
    private const int MaxInFlight = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly GrpcChannel channel;
    private readonly string[] recipients;
    private readonly Random random;
    private readonly Lock gate = new();
    private readonly LinkedList<Message> unanswered = [];
    private readonly Dictionary<string, Message> sent = [];
    private readonly Dictionary<string, (int Signal, int User)> accepted = [];
    private readonly SortedDictionary<int, string> queue = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly Task running;
    private volatile bool isDisposed;
    private int produced;
    private int acknowledgedForSure;
    private string epoch = "";

    /// <param name="address">The server.</param>
    /// <param name="name">"user/device".</param>
    /// <param name="recipients">Whom it writes to; nobody, and it only receives.</param>
    /// <param name="random">Decides to whom.</param>
    public StubbornDevice(string address, string name, string[] recipients, Random random)
    {
        channel = GrpcChannel.ForAddress(address);
        Name = name;
        this.recipients = recipients;
        this.random = random;
        running = Task.Run(RunAsync);
    }

    public string Name { get; }

    public string User => Name.Split('/')[0];

    public string Device => Name.Split('/')[1];

    public bool HasFailed => running.IsFaulted;

    /// <summary>How many streams it has had.</summary>
    public int Streams { get; private set; }

    /// <summary>The ids answered with <c>true</c>, with the offsets they were given.</summary>
    public Dictionary<string, (int Signal, int User)> Accepted
    {
        get
        {
            lock (gate)
                return new(accepted);
        }
    }

    public int AcceptedCount
    {
        get
        {
            lock (gate)
                return accepted.Count;
        }
    }

    /// <summary>What was sent under an id.</summary>
    public Message Sent(string id)
    {
        lock (gate)
            return sent[id];
    }

    /// <summary>Its copy of its user's queue: each offset, and what it was told of it.</summary>
    public SortedDictionary<int, string> Queue
    {
        get
        {
            lock (gate)
                return new(queue);
        }
    }

    public static string Describe(string from, Message message) =>
        string.Create(CultureInfo.InvariantCulture, $"message {from} {message.Id} #{message.UserOffset}");

    /// <summary>Sends nothing new, waits until everything is answered, and ends.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await running.InTime($"{Name} gets all its answers");
    }

    public void Dispose()
    {
        isDisposed = true;
        channel.Dispose();
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!IsDone() && !isDisposed)
        {
            try
            {
                await RunStreamAsync();
            }
            // Whatever a lost stream throws, at the loop that reads or at the one that writes.
            catch (Exception exception) when (exception is RpcException or IOException or HttpRequestException
                or OperationCanceledException or ObjectDisposedException)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    private bool IsDone()
    {
        lock (gate)
            return stopping.IsCancellationRequested && unanswered.Count == 0;
    }

    private async Task RunStreamAsync()
    {
        var headers = new Metadata { { "messaging-user", User }, { "messaging-device", Device } };
        lock (gate)
        {
            if (epoch.Length > 0)
                headers.Add("messaging-position", string.Create(CultureInfo.InvariantCulture, $"{epoch}/{acknowledgedForSure}"));
        }

        using var call = new MessagingService.MessagingServiceClient(channel).Sync(headers);
        var answered = await call.ResponseHeadersAsync;
        Streams++;
        using var stream = new OneStream(call, new QueueCheck(User, Device, window: 64));
        Begin(answered.GetValue("messaging-epoch") ?? throw new RpcException(new Status(StatusCode.Unavailable, "no headers")));
        List<Message> again;
        lock (gate)
            again = [.. unanswered];

        var reading = ReadAsync(stream);
        try
        {
            foreach (var message in again)
                await stream.UpAsync(new Frame { Message = message.Clone() }, isRepeat: true);
            while (!reading.IsCompleted && !IsDone())
            {
                if (Next() is { } message)
                    await stream.UpAsync(new Frame { Message = message.Clone() }, isRepeat: false);
                else
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            }

            if (!reading.IsCompleted)
                await stream.CompleteAsync();
        }
        finally
        {
            if (!IsDone())
                call.Dispose();
            await reading;
        }
    }

    private void Begin(string under)
    {
        lock (gate)
        {
            if (epoch.Length > 0 && epoch != under)
                throw new ProtocolViolationException($"{Name}: the epoch changed from {epoch} to {under}.");
            epoch = under;
        }
    }

    private Message? Next()
    {
        lock (gate)
        {
            if (recipients.Length == 0 || stopping.IsCancellationRequested || unanswered.Count >= MaxInFlight)
                return null;
            var id = string.Create(CultureInfo.InvariantCulture, $"{Device}-{++produced:D7}");
            var message = ProbeDevice.Text(recipients[random.Next(recipients.Length)], id);
            sent.Add(id, message);
            unanswered.AddLast(message);
            return message;
        }
    }

    private async Task ReadAsync(OneStream stream)
    {
        var isFirst = true;
        await foreach (var frame in stream.ReadAsync())
        {
            stream.Takes(frame);
            if (isFirst && frame.Signal.SignalOffset < acknowledgedForSure)
            {
                throw new ProtocolViolationException(
                    $"{Name}: the cursor went back from {acknowledgedForSure} to {frame.Signal.SignalOffset}.");
            }

            isFirst = false;
            if (Take(frame) is { } offset)
                await stream.UpAsync(Acknowledgement(offset), isRepeat: false);
        }
    }

    /// <returns>The offset to acknowledge, if it was an entry.</returns>
    private int? Take(Frame frame)
    {
        lock (gate)
        {
            if (frame.Message is { } message)
            {
                Keep(message.SignalOffset, Describe(message.From.User, message));
                if (message.From.User == User && message.From.Device == Device)
                    Accept(message.Id, message.SignalOffset, message.UserOffset);
                return message.SignalOffset;
            }

            var signal = frame.Signal;
            if (signal.From is not null)
            {
                Keep(signal.SignalOffset, $"{signal.From.User} {signal.SignalAckState} {signal.Id} #{signal.UserOffset}");
                return signal.SignalOffset;
            }

            if (signal.SignalAckState is { Send: true })
            {
                if (!signal.SignalOffsetState)
                    throw new ProtocolViolationException($"{Name}: {signal} refuses what is in order.");
                Keep(signal.SignalOffset, $"message {User} {signal.Id} #{signal.UserOffset}");
                Accept(signal.Id, signal.SignalOffset, signal.UserOffset);
                for (var node = unanswered.First; node is not null; node = node.Next)
                {
                    if (node.Value.Id == signal.Id)
                    {
                        unanswered.Remove(node);
                        break;
                    }
                }
            }
            else if (signal.SignalAckState is { Received: true } && signal.SignalOffsetState)
                acknowledgedForSure = Math.Max(acknowledgedForSure, signal.SignalOffset);
            else if (signal.HasError)
                throw new ProtocolViolationException($"{Name}: {signal} refuses what is in order.");

            return null;
        }
    }

    private void Keep(int offset, string what)
    {
        if (!queue.TryAdd(offset, what) && queue[offset] != what)
            throw new ProtocolViolationException($"{Name}: offset {offset} was \"{queue[offset]}\" and is now \"{what}\".");
    }

    private void Accept(string id, int signalOffset, int userOffset)
    {
        if (!accepted.TryAdd(id, (signalOffset, userOffset)) && accepted[id] != (signalOffset, userOffset))
            throw new ProtocolViolationException($"{Name}: {id} was {accepted[id]} and is now {(signalOffset, userOffset)}.");
    }

    private static Frame Acknowledgement(int offset) => new()
    {
        Signal = new Signal
        {
            // Now and then one whose answer says that it is on disk.
            Id = offset % 10 == 0 ? string.Create(CultureInfo.InvariantCulture, $"ack-{offset}") : "",
            SignalOffset = offset,
            SignalAckState = new SignalAckState { Received = true },
        },
    };
}
