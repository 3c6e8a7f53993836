using System.Globalization;
using Grpc.Core;
using Messaging.V1;

namespace Messaging.Tests.Support;

/// <summary>
/// A device made of nothing but the generated stub. It keeps every frame, holds each against the protocol
/// (<see cref="QueueCheck"/>), and acknowledges only where a test says so.
/// </summary>
internal sealed class ProbeDevice : IAsyncDisposable
{
    private readonly AsyncDuplexStreamingCall<Frame, Frame> call;
    private readonly SemaphoreSlim sending = new(1);
    private readonly Lock gate = new();
    private readonly List<Frame> frames = [];
    private readonly List<(Func<bool> IsTrue, TaskCompletionSource Met)> waiting = [];
    private readonly Func<int, bool>? acknowledges;
    private readonly QueueCheck check;
    private readonly Task reading;
    private int questions;
    private int messageCount;

    private ProbeDevice(
        AsyncDuplexStreamingCall<Frame, Frame> call, string name, Metadata headers, Func<int, bool>? acknowledges)
    {
        this.call = call;
        this.acknowledges = acknowledges;
        Name = name;
        Headers = headers;
        check = new QueueCheck(User, Device, Window);
        reading = Task.Run(ReadAsync);
    }

    /// <summary>"user/device".</summary>
    public string Name { get; }

    public string User => Name.Split('/')[0];

    public string Device => Name.Split('/')[1];

    public Metadata Headers { get; }

    public string Epoch => Headers.GetValue("messaging-epoch")!;

    public int Window => int.Parse(Headers.GetValue("messaging-window")!, CultureInfo.InvariantCulture);

    public int Head => int.Parse(Headers.GetValue("messaging-head")!, CultureInfo.InvariantCulture);

    /// <summary>Everything up to here is accounted for.</summary>
    public int Position
    {
        get
        {
            lock (gate)
                return check.Position ?? 0;
        }
    }

    /// <summary>Every frame that came down, in order.</summary>
    public IReadOnlyList<Frame> Frames
    {
        get
        {
            lock (gate)
                return [.. frames];
        }
    }

    public IReadOnlyList<Message> Messages => [.. Frames.Select(frame => frame.Message).OfType<Message>()];

    /// <summary>The queue's signals: receipts, and what other devices did.</summary>
    public IReadOnlyList<Signal> Receipts =>
        [.. Frames.Select(frame => frame.Signal).OfType<Signal>().Where(signal => signal is { From: not null, SignalOffset: > 0 })];

    /// <summary>Opens a stream and waits for its first position.</summary>
    /// <param name="invoker">The channel.</param>
    /// <param name="name">"user/device".</param>
    /// <param name="headers">Request headers besides those that name the device.</param>
    /// <param name="acknowledges">Which entries are acknowledged as they come; none if it is left out.</param>
    public static async Task<ProbeDevice> ConnectAsync(
        CallInvoker invoker, string name, Metadata? headers = null, Func<int, bool>? acknowledges = null)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var all = new Metadata
        {
            { "messaging-user", Uri.EscapeDataString(name[..slash]) },
            { "messaging-device", Uri.EscapeDataString(name[(slash + 1)..]) },
        };
        foreach (var header in headers ?? [])
            all.Add(header);

        var call = new MessagingService.MessagingServiceClient(invoker).Sync(all);
        try
        {
            var answered = await call.ResponseHeadersAsync.InTime($"{name} gets its response headers");
            if (answered.GetValue("messaging-session") is null)
            {
                // Refused: the status says why.
                await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the status");
            }

            var device = new ProbeDevice(call, name, answered, acknowledges);
            await device.Until("the first position", () => device.Frames.Count > 0);
            return device;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    public static Message Text(string to, string id, string text = "hello") => new()
    {
        Id = id,
        To = new Identity { User = to },
        Timestamp = 1_700_000_000_000,
        Payload = Google.Protobuf.ByteString.CopyFromUtf8(text),
    };

    /// <summary>Sends a message for the first time and waits for its answer.</summary>
    public Task<Signal> SendAsync(string to, string id, string text = "hello") => AskAsync(Text(to, id, text), false);

    /// <summary>Sends a message that may have been taken before, and waits for its answer.</summary>
    public Task<Signal> RepeatAsync(Message message) => AskAsync(message, isRepeat: true);

    public async Task<Signal> AskAsync(Message message, bool isRepeat = false)
    {
        var before = Frames.Count;
        await UpAsync(new Frame { Message = message }, isRepeat);
        return await AnswerAsync(message.Id, before);
    }

    /// <summary>Sends a signal under an id of its own, where it has none, and waits for its answer.</summary>
    public async Task<Signal> AskAsync(Signal signal)
    {
        if (signal.Id.Length == 0)
            signal.Id = $"question-{++questions}";
        var before = Frames.Count;
        await UpAsync(new Frame { Signal = signal });
        return await AnswerAsync(signal.Id, before);
    }

    /// <summary>Acknowledges and waits for the answer.</summary>
    public Task<Signal> AcknowledgeAsync(int upTo) => AskAsync(new Signal
    {
        SignalOffset = upTo,
        SignalAckState = new SignalAckState { Received = true },
    });

    /// <summary>Asks for everything behind an offset again, and waits for the answer.</summary>
    public Task<Signal> RereadAsync(int after) =>
        AskAsync(new Signal { Type = SignalKind.Request, SignalOffset = after });

    public Task<Signal> ReadAsync(string peer, string id = "", int upTo = 0) => AskReadAsync(new Signal
    {
        Id = id,
        To = new Identity { User = peer },
        UserOffset = upTo,
        SignalAckState = new SignalAckState { Read = true },
    });

    /// <summary>Sends a frame and waits for nothing.</summary>
    public async Task UpAsync(Frame frame, bool isRepeat = false)
    {
        await sending.WaitAsync().InTime("one's turn to send");
        try
        {
            lock (gate)
                check.Sends(frame, isRepeat);
            await call.RequestStream.WriteAsync(frame).InTime($"{Name} sends {frame}");
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>Says that nothing more will come, and waits for the end of the stream.</summary>
    public async Task<Status> HalfCloseAsync()
    {
        await call.RequestStream.CompleteAsync().InTime("the half-close");
        return await EndAsync();
    }

    /// <summary>Waits until the stream has ended, and gives its status.</summary>
    public async Task<Status> EndAsync()
    {
        try
        {
            await reading.InTime($"{Name}'s stream ends");
            return call.GetStatus();
        }
        catch (RpcException exception)
        {
            return exception.Status;
        }
    }

    public Metadata Trailers() => call.GetTrailers();

    public async Task<IReadOnlyList<Message>> MessagesAsync(int count)
    {
        await Until($"{count} messages", () => Volatile.Read(ref messageCount) >= count);
        return Messages;
    }

    public async Task<IReadOnlyList<Signal>> ReceiptsAsync(int count)
    {
        await Until($"{count} receipts", () => Receipts.Count >= count);
        return Receipts;
    }

    /// <summary>Waits until something is true of what has come; fails if the stream ends or breaks a rule before.</summary>
    public async Task Until(string reason, Func<bool> isTrue)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
            waiting.Add((isTrue, met));
        Look();
        await await Task.WhenAny(met.Task, FailedAsync(reason)).InTime($"{Name}: {reason}");
    }

    public async ValueTask DisposeAsync()
    {
        call.Dispose();
        try
        {
            await reading.InTime($"{Name} stops reading");
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException or IOException
            or ObjectDisposedException)
        {
            // The stream is over; a broken rule is not among these, and fails the test.
        }

        sending.Dispose();
    }

    private async Task<Signal> AskReadAsync(Signal signal)
    {
        var before = Frames.Count;
        await UpAsync(new Frame { Signal = signal });
        return await AnswerAsync(signal.Id, before);
    }

    private async Task<Signal> AnswerAsync(string id, int behind)
    {
        // Asked again when it is there: two threads may look at the same time, one of them at what was before.
        await Until($"the answer to {id}", () => Answer() is not null);
        return Answer()!;

        Signal? Answer() => Frames.Skip(behind).Select(frame => frame.Signal)
            .FirstOrDefault(signal => signal is { From: null } && signal.Id == id);
    }

    private async Task FailedAsync(string reason)
    {
        await reading;
        throw new InvalidOperationException($"{Name}'s stream ended while waiting for {reason}.");
    }

    private async Task ReadAsync()
    {
        await foreach (var frame in call.ResponseStream.ReadAllAsync())
        {
            lock (gate)
            {
                frames.Add(frame);
                check.Takes(frame);
                if (frame.Message is not null)
                    messageCount++;
            }

            Look();
            var offset = frame.Message?.SignalOffset ?? (frame.Signal is { From: not null } signal ? signal.SignalOffset : 0);
            if (offset > 0 && acknowledges?.Invoke(offset) == true)
            {
                await UpAsync(new Frame
                {
                    Signal = new Signal { SignalOffset = offset, SignalAckState = new SignalAckState { Received = true } },
                });
            }
        }
    }

    private void Look()
    {
        (Func<bool> IsTrue, TaskCompletionSource Met)[] open;
        lock (gate)
            open = [.. waiting];
        foreach (var one in open.Where(one => one.IsTrue()))
        {
            one.Met.TrySetResult();
            lock (gate)
                waiting.Remove(one);
        }
    }
}
