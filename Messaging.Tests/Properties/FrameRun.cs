using System.Text;
using Grpc.Core;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Properties;

/// <summary>
/// Takes the same steps with the naive service and with the real one, over the network, and compares every frame that
/// comes down to every device, in order. Each step is taken to its end before the next.
/// </summary>
internal sealed class FrameRun : IAsyncDisposable
{
    private const int InvalidInARow = 4;

    private static readonly string[] Users = ["alice", "bob", "carol"];
    private static readonly string[] Devices = [.. Users.SelectMany(user => new[] { $"{user}/phone", $"{user}/laptop" })];

    private readonly NaiveService model = new(InvalidInARow);
    private readonly RandomFrames frames;
    private readonly List<(NaiveFrameStream Model, AsyncDuplexStreamingCall<Frame, Frame> Call, Compared Compared)> streams = [];
    private readonly StringBuilder story = new();
    private TestServer server = null!;
    private bool expectsAlarm;

    public FrameRun() => frames = new RandomFrames(model, Users);

    public async Task BeginAsync() => server = await TestServer.StartAsync(
        $"--Messaging:Streams:InvalidInARow={InvalidInARow}", "--Messaging:Delivery:Heartbeat=01:00:00");

    public async Task TakeAsync(FrameStep step)
    {
        var device = Devices[step.Device];
        var random = new Random(step.Seed);
        if (step.Kind != FrameStepKind.Restart && (step.Kind == FrameStepKind.Connect || !model.Open.ContainsKey(device)))
            await ConnectAsync(device, random);
        switch (step.Kind)
        {
            case FrameStepKind.Message:
                await SendAsync(device, frames.Message(random, device));
                break;
            case FrameStepKind.Again:
                await SendAsync(device, frames.Again(random, device));
                break;
            case FrameStepKind.Signal:
                await SendAsync(device, frames.Signal(random, device));
                break;
            case FrameStepKind.Empty:
                await SendAsync(device, new Frame());
                break;
            case FrameStepKind.Drop:
                Tell($"{device} is cut off");
                StreamOf(device).Call.Dispose();
                streams.RemoveAll(stream => stream.Model.Device == device);
                model.End(device, StatusCode.Cancelled);
                break;
            case FrameStepKind.HalfClose:
                Tell($"{device} half-closes");
                await StreamOf(device).Call.RequestStream.CompleteAsync().InTime("the half-close");
                model.End(device, StatusCode.OK);
                await CompareAsync();
                break;
            case FrameStepKind.Restart:
                Tell("the server starts again");
                foreach (var open in model.Open.Keys.ToList())
                    model.End(open, StatusCode.Unavailable);
                var stopping = server.StopAsync();
                try
                {
                    await CompareAsync();
                }
                finally
                {
                    await stopping;
                }

                await server.StartAgainAsync();
                break;
        }
    }

    /// <summary>In the end every device is read again from the beginning, and nothing is left over.</summary>
    public async Task EndAsync()
    {
        foreach (var device in Devices)
        {
            await ConnectAsync(device, new Random(0));
            await SendAsync(device, new Frame { Signal = new Signal { Id = "all", Type = SignalKind.Request } });
            await SettleAsync(device);
            await StreamOf(device).Call.RequestStream.CompleteAsync().InTime("the half-close");
            model.End(device, StatusCode.OK);
            await CompareAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, call, _) in streams)
            call.Dispose();
        await server.DisposeAsync();
    }

    private (NaiveFrameStream Model, AsyncDuplexStreamingCall<Frame, Frame> Call, Compared Compared) StreamOf(string device) =>
        streams.Single(stream => stream.Model.Device == device && stream.Model.Ending is null);

    private async Task ConnectAsync(string device, Random random)
    {
        var window = random.Next(4) switch { 0 => 1, 1 => 2, 2 => 3, _ => 64 };
        var startsAtHead = random.Next(5) == 0;
        Tell($"{device} connects, window {window}{(startsAtHead ? ", at the head" : "")}");
        var headers = new Metadata
        {
            { "messaging-user", device.Split('/')[0] },
            { "messaging-device", device.Split('/')[1] },
            { "messaging-window", $"{window}" },
        };
        if (startsAtHead)
            headers.Add("messaging-start", "head");
        var call = new MessagingService.MessagingServiceClient(server.Channel).Sync(headers);
        var head = model.Sequence(device.Split('/')[0]).Count;
        streams.Add((model.Connect(device, window, startsAtHead), call, new Compared()));
        var answered = await call.ResponseHeadersAsync.InTime($"{device} gets its response headers");
        if (answered.GetValue("messaging-head") != $"{head}")
            throw Disagree(device, $"a head of {head}", answered.GetValue("messaging-head"));
        await CompareAsync();
    }

    private async Task SendAsync(string device, Frame frame)
    {
        var (stream, call, _) = StreamOf(device);
        Tell($"{device} sends {frame}");
        var before = stream.Expected.Count;
        model.Take(device, frame.Clone());
        if (model.HasAlarm && !expectsAlarm)
        {
            expectsAlarm = true;
            server.ExpectAlarm("past the head");
        }

        await call.RequestStream.WriteAsync(frame).InTime("the frame is sent");

        // What is not answered is followed by something that is: then it has been taken.
        if (stream.Expected.Count == before)
            await SettleAsync(device);
        await CompareAsync();
    }

    private async Task SettleAsync(string device)
    {
        var settle = new Frame
        {
            Signal = new Signal { Id = "settle", To = new Identity { User = device.Split('/')[0] }, Status = SignalStatus.Chatting },
        };
        model.Take(device, settle);
        await StreamOf(device).Call.RequestStream.WriteAsync(settle).InTime("the frame is sent");
    }

    private async Task CompareAsync()
    {
        foreach (var (stream, call, compared) in streams.ToList())
        {
            for (; compared.Count < stream.Expected.Count; compared.Count++)
                Compare(stream.Device, stream.Expected[compared.Count], await NextAsync(stream, call));
            if (stream.Ending is not { } ending)
                continue;
            Frame? extra = null;
            try
            {
                if (await call.ResponseStream.MoveNext(CancellationToken.None).InTime($"the end of {stream.Device}\n{story}"))
                    extra = call.ResponseStream.Current;
            }
            catch (RpcException)
            {
                // The status says how it ended.
            }

            if (extra is not null || !IsEnd(call.GetStatus(), ending))
                throw Disagree(stream.Device, $"the end with {ending}", extra?.ToString() ?? call.GetStatus().ToString());
            streams.RemoveAll(one => one.Call == call);
            call.Dispose();
        }
    }

    // The connection of a server that stops may be closed before the last status has got through.
    private static bool IsEnd(Status status, StatusCode ending) =>
        status.StatusCode == ending
        || (ending == StatusCode.Unavailable && status is
            { StatusCode: StatusCode.Internal, DebugException: HttpProtocolException { ErrorCode: 0 } });

    private async Task<Frame> NextAsync(NaiveFrameStream stream, AsyncDuplexStreamingCall<Frame, Frame> call)
    {
        var expected = stream.Expected.Count;
        if (!await call.ResponseStream.MoveNext(CancellationToken.None).InTime(
            $"frame {expected} of {stream.Device}: {stream.Expected[^1].Frame}\n{story}", TimeSpan.FromSeconds(10)))
            throw Disagree(stream.Device, $"{stream.Expected[^1].Frame}", "the end");
        return call.ResponseStream.Current;
    }

    private void Compare(string device, ExpectedFrame expected, Frame frame)
    {
        var actual = frame.Clone();
        if (expected.Time is { } time && actual.Signal is { } timed)
        {
            if (time.Milliseconds == 0)
                time.Milliseconds = timed.Timestamp;
            if (timed.Timestamp == time.Milliseconds && timed.Timestamp > 1_700_000_000_000)
                timed.Timestamp = 0;
        }

        // Of an error that the server gives, the code is the protocol's and the text is not.
        if (actual.Signal is { From: null, HasError: true } refused)
            refused.Error = refused.Error.Split(": ")[0];
        if (!actual.Equals(expected.Frame))
            throw Disagree(device, expected.Frame.ToString(), frame.ToString());
    }

    private void Tell(string what) =>
        story.AppendLine(what.Replace(new string('x', 100), "", StringComparison.Ordinal));

    // Not an assertion of NUnit: that would be on record also for a run that is only a step towards a smaller one.
    private ServiceDisagreesException Disagree(string device, string expected, string? actual) =>
        new($"{device}\nExpected: {expected}\nBut was:  {actual}\nAfter:\n{story}");

    /// <summary>How many of a stream's frames have been compared.</summary>
    private sealed class Compared
    {
        public int Count { get; set; }
    }
}

/// <summary>The real service did something else than the naive one.</summary>
internal sealed class ServiceDisagreesException(string message) : Exception(message);
