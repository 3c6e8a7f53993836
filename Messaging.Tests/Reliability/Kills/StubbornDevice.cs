using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>
/// A device on the generated client that connects again however its stream is lost, sends what was not answered again
/// in order, acknowledges what it gets, reads now and then, and writes all of it into a history.
/// </summary>
internal sealed class StubbornDevice : IDisposable
{
    private const int MaxInFlight = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(5);

    private readonly string address;
    private readonly History history;
    private readonly string[] recipients;
    private readonly Random random;
    private readonly Lock gate = new();
    private readonly LinkedList<Message> unanswered = [];
    private readonly List<Message> remembered = [];
    private readonly CancellationTokenSource ending = new();
    private readonly Task running;
    private readonly Pace pace;
    private bool isProducing = true;
    private bool isRefused;
    private int produced;
    private int accepted;
    private int acknowledged;
    private int signals;
    private int unansweredReads;
    private string epoch = "";
    private volatile bool wasToldOfThePast;

    /// <param name="history">Where it writes what it does and sees.</param>
    /// <param name="address">The server.</param>
    /// <param name="name">"user/device".</param>
    /// <param name="recipients">Whom it writes to; nobody, and it only receives.</param>
    /// <param name="random">Decides to whom, and how much.</param>
    /// <param name="perSecond">Messages a second on the average; as many as are answered if left out.</param>
    public StubbornDevice(
        History history, string address, string name, string[] recipients, Random random, double perSecond = double.PositiveInfinity)
    {
        this.address = address;
        pace = new Pace(perSecond);
        Name = name;
        this.history = history;
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

    /// <summary>The server has said that it stands before where this device was.</summary>
    public bool WasToldOfThePast => wasToldOfThePast;

    /// <summary>How many of its messages were answered with <c>true</c>.</summary>
    public int AcceptedCount => Volatile.Read(ref accepted);

    /// <summary>Sends nothing new, and waits until everything is answered; it goes on receiving.</summary>
    public async Task SettleAsync()
    {
        lock (gate)
            isProducing = false;
        await Wait.Eventually($"{Name} gets all its answers", () => HasFailed || IsSettled());
        if (HasFailed)
            await running;
    }

    /// <summary>Ends its stream and stays away.</summary>
    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await running.InTime($"{Name} ends");
    }

    public void Dispose() => ending.Dispose();

    private bool IsSettled()
    {
        lock (gate)
            return unanswered.Count == 0 && unansweredReads == 0;
    }

    private async Task RunAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                await RunStreamAsync();
            }
            // Whatever a lost stream throws, at the loop that reads or at the one that writes.
            catch (Exception exception) when (exception is RpcException or IOException or HttpRequestException
                or OperationCanceledException or ObjectDisposedException)
            {
                wasToldOfThePast |= exception is RpcException { StatusCode: StatusCode.FailedPrecondition };
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    private async Task RunStreamAsync()
    {
        var headers = new Metadata { { "messaging-user", User }, { "messaging-device", Device } };
        var position = epoch.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{epoch}/{acknowledged}") : null;
        if (position is not null)
            headers.Add("messaging-position", position);

        // A connection of its own for each stream, and a silence that is too long ends it (protocol §2).
        using var channel = GrpcChannel.ForAddress(address);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        silence.CancelAfter(OpenTimeout);
        using var call = new MessagingService.MessagingServiceClient(channel).Sync(headers, cancellationToken: silence.Token);
        var written = history.Open(User, Device, position);
        try
        {
            var answered = await call.ResponseHeadersAsync;
            // Refused: the status says why.
            if (answered.GetValue("messaging-epoch") is not { } under)
                await call.ResponseStream.MoveNext(silence.Token);
            else if (under != epoch)
                (epoch, acknowledged) = (under, 0);
            written.Began(epoch, Number(answered, "messaging-head"), Number(answered, "messaging-window"));
            Streams++;
            using var stream = new OneStream(call, written);
            lock (gate)
                unansweredReads = 0; // those of a lost stream are not sent again
            var longest = 2.5 * double.Parse(answered.GetValue("messaging-heartbeat")!, CultureInfo.InvariantCulture);
            var reading = ReadAsync(stream, () => silence.CancelAfter(TimeSpan.FromSeconds(longest)));
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
            again = [];
            if (TakeRefusal())
            {
                await Task.Delay(Pause, TimeProvider.System, ending.Token);
                again = Unanswered();
            }
            else if (Next() is { } message)
            {
                await stream.UpAsync(new Frame { Message = message.Clone() });
            }
            else
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, ending.Token);
            }
        }
    }

    private async Task ReadAsync(OneStream stream, Action heard)
    {
        await foreach (var frame in stream.ReadAsync())
        {
            heard();
            foreach (var reply in Take(frame))
                await stream.UpAsync(reply);
        }
    }

    private List<Message> Unanswered()
    {
        lock (gate)
            return [.. unanswered];
    }

    private bool TakeRefusal()
    {
        lock (gate)
        {
            var was = isRefused;
            isRefused = false;
            return was;
        }
    }

    private Message? Next()
    {
        lock (gate)
        {
            if (recipients.Length == 0 || !isProducing || unanswered.Count >= MaxInFlight || !pace.TryTake())
                return null;
            if (random.Next(50) == 0 && Again() is { } again)
                return again;
            // The same as those of other users' devices: ids of different users never meet.
            var id = string.Create(CultureInfo.InvariantCulture, $"{Device}-{++produced:D7}");
            var text = random.Next(20) == 0 ? id + new string('.', random.Next(4000)) : id;
            var message = ProbeDevice.Text(recipients[random.Next(recipients.Length)], id, text);
            unanswered.AddLast(message);
            return message;
        }
    }

    /// <summary>
    /// One that was accepted before, perhaps long ago: its answer must not have changed. Every third, and always those,
    /// with another content, which must be refused.
    /// </summary>
    private Message? Again()
    {
        if (remembered.Count == 0)
            return null;
        var chosen = random.Next(remembered.Count);
        var again = remembered[chosen].Clone();
        if (chosen % 3 == 0)
            again.Timestamp++;
        return again;
    }

    /// <returns>What goes up because of it.</returns>
    private List<Frame> Take(Frame frame)
    {
        lock (gate)
        {
            if (frame.Message is { } message)
            {
                List<Frame> replies = [Acknowledgement(message.SignalOffset)];
                // One that comes late, behind a later one, changes nothing.
                if (random.Next(20) == 0)
                    replies.Add(Acknowledgement(Math.Max(1, message.SignalOffset - random.Next(1, 20))));
                if (message.From.User == User || !isProducing)
                    return replies;
                if (random.Next(8) == 0)
                {
                    unansweredReads++;
                    replies.Add(Read(message));
                }

                if (random.Next(50) == 0)
                    replies.Add(Typing(message.From.User));
                return replies;
            }

            var signal = frame.Signal;
            if (signal is { From: not null, SignalOffset: > 0 })
                return [Acknowledgement(signal.SignalOffset)];
            // An answer without an id is that to a read.
            if (signal is { From: null, Id.Length: 0 } && (signal.HasError || signal.SignalAckState is { Read: true }))
                unansweredReads--;
            else if (signal is { From: null, Id.Length: > 0 } && unanswered.FirstOrDefault(waiting => waiting.Id == signal.Id) is { } settled)
                Settle(settled, signal);
            return [];
        }
    }

    private void Settle(Message message, Signal answer)
    {
        if (answer is { SignalOffsetState: false, Type: SignalKind.Response })
        {
            isRefused = true;
            return;
        }

        unanswered.Remove(message);
        accepted += answer.SignalOffsetState ? 1 : 0;
        if (answer.SignalOffsetState && accepted % 50 == 1)
            remembered.Add(message);
    }

    private Frame Acknowledgement(int offset)
    {
        acknowledged = Math.Max(acknowledged, offset);
        return new Frame
        {
            Signal = new Signal
            {
                // Now and then one whose answer says that it is on disk.
                Id = offset % 10 == 0 ? NextId("ack") : "",
                SignalOffset = offset,
                SignalAckState = new SignalAckState { Received = true },
            },
        };
    }

    private static Frame Read(Message message) => new()
    {
        // Without an id, which could be taken for that of a message of this device's own.
        Signal = new Signal
        {
            To = new Identity { User = message.From.User },
            UserOffset = message.UserOffset,
            SignalAckState = new SignalAckState { Read = true },
        },
    };

    private Frame Typing(string to) => new()
    {
        Signal = new Signal { Id = NextId("typing"), To = new Identity { User = to }, Status = SignalStatus.Typing },
    };

    private string NextId(string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}-{User}-{Device}-{++signals}");

    private static int Number(Metadata headers, string name) =>
        int.Parse(headers.GetValue(name) ?? "0", CultureInfo.InvariantCulture);
}
