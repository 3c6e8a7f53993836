using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>
/// A device on the generated client that connects again however its stream is lost, each time on a connection of its own,
/// sends what was not answered again in order, and writes all of it into a history. What it sends and how it replies is
/// for those that derive from it, who call <see cref="Start"/> once they are made.
/// </summary>
/// <param name="history">Where it writes what it does and sees.</param>
/// <param name="address">The server.</param>
/// <param name="name">"user/device".</param>
internal abstract class RawDevice(History history, string address, string name) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource ending = new();
    private Task running = Task.CompletedTask;
    private string epoch = "";

    public string Name { get; } = name;

    public string User { get; } = name.Split('/')[0];

    public string Device { get; } = name.Split('/')[1];

    /// <summary>Whether something was thrown that no lost stream throws; <see cref="StopAsync"/> tells what.</summary>
    public bool HasFailed => running.IsFaulted;

    /// <summary>How many streams it has had.</summary>
    public int Streams { get; private set; }

    /// <summary>Held while what is below, or a deriving class's own state, is looked at or changed.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>Under the gate: what was sent and is not settled, in the order in which it was sent first.</summary>
    protected LinkedList<Message> Unanswered { get; } = [];

    /// <summary>The highest offset that it has acknowledged, or been told is on disk: what it says it stands at.</summary>
    protected int Position { get; set; }

    /// <summary>Ends its stream and stays away.</summary>
    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await running.InTime($"{Name} ends");
    }

    /// <summary>Ends it in any case; what it failed of is for <see cref="StopAsync"/> to say.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await Task.WhenAny(running, Task.Delay(Wait.Deadline, TimeProvider.System));
        ending.Dispose();
    }

    protected void Start() => running = Task.Run(RunAsync);

    /// <summary>A stream begins: what was under way on the last one is lost.</summary>
    protected abstract void Begin();

    /// <summary>A stream has ended, or could not be opened.</summary>
    protected abstract void End(Exception exception);

    /// <summary>What was refused for now and is to go again, in order, after a pause; empty where nothing is.</summary>
    protected abstract List<Message> TakeRefused();

    /// <summary>The next message, which stands among the unanswered; null where there is none to send.</summary>
    protected abstract Message? Next();

    /// <returns>What goes up because of a frame.</returns>
    /// <param name="frame">The frame.</param>
    /// <param name="isFirst">It is the first position.</param>
    protected abstract IEnumerable<Frame> Take(Frame frame, bool isFirst);

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
                or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                End(exception);
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    private async Task RunStreamAsync()
    {
        var headers = new Metadata { { "messaging-user", User }, { "messaging-device", Device } };
        var position = epoch.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{epoch}/{Position}") : null;
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
                (epoch, Position) = (under, 0);
            written.Began(epoch, Number(answered, "messaging-head"), Number(answered, "messaging-window"));
            Streams++;
            lock (Gate)
                Begin();
            using var stream = new OneStream(call, written);
            var longest = 2.5 * double.Parse(answered.GetValue("messaging-heartbeat")!, CultureInfo.InvariantCulture);
            var reading = ReadAsync(call, written, stream, () => silence.CancelAfter(TimeSpan.FromSeconds(longest)));
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
        List<Message> again;
        lock (Gate)
            again = [.. Unanswered];
        while (!reading.IsCompleted)
        {
            foreach (var message in again)
                await stream.UpAsync(new Frame { Message = message.Clone() });
            Message? next;
            lock (Gate)
            {
                again = TakeRefused();
                next = again.Count > 0 ? null : Next();
            }

            if (next is not null)
                await stream.UpAsync(new Frame { Message = next.Clone() });
            else
                await Task.Delay(again.Count > 0 ? Pause : TimeSpan.FromMilliseconds(1), TimeProvider.System, ending.Token);
        }
    }

    private async Task ReadAsync(
        AsyncDuplexStreamingCall<Frame, Frame> call, StreamHistory written, OneStream stream, Action heard)
    {
        var isFirst = true;
        await foreach (var frame in call.ResponseStream.ReadAllAsync())
        {
            heard();
            List<Frame> replies;
            lock (Gate)
                replies = [.. Take(frame, isFirst)];
            isFirst = false;

            // Only now: once all is known to have arrived, all that follows from it is known as well.
            written.Down(frame);
            foreach (var reply in replies)
                await stream.UpAsync(reply);
        }
    }

    private static int Number(Metadata headers, string name) =>
        int.Parse(headers.GetValue(name) ?? "0", CultureInfo.InvariantCulture);
}
