using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Messaging.V1;

namespace Messaging.Tests.Sync;

/// <summary>One stream of one device, frame by frame; every wait has a deadline.</summary>
internal sealed class TestDevice : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<Frame, Frame> _call;

    public TestDevice(string address, string user, string device, params (string Name, string Value)[] headers)
    {
        _channel = GrpcChannel.ForAddress(address);
        var metadata = new Metadata { { "messaging-user", user }, { "messaging-device", device } };
        foreach (var (name, value) in headers)
            metadata.Add(name, value);
        _call = new MessagingService.MessagingServiceClient(_channel).Sync(metadata);
    }

    public async Task<string?> HeaderAsync(string name) =>
        (await _call.ResponseHeadersAsync.WaitAsync(Deadline)).GetValue(name);

    public Task SendAsync(Message message) => WriteAsync(new Frame { Message = message });

    public Task SendAsync(string id, string to, string text = "hello") => SendAsync(new Message
    {
        Id = id,
        To = new Identity { User = to },
        Payload = ByteString.CopyFromUtf8(text),
    });

    public Task SignalAsync(Signal signal) => WriteAsync(new Frame { Signal = signal });

    public Task AcknowledgeAsync(int offset, string id = "") => SignalAsync(new Signal
    {
        Id = id,
        SignalOffset = offset,
        SignalAckState = new SignalAckState { Received = true },
    });

    public Task WriteAsync(Frame frame) => _call.RequestStream.WriteAsync(frame).WaitAsync(Deadline);

    public Task HalfCloseAsync() => _call.RequestStream.CompleteAsync();

    /// <summary>The next frame; null where the stream has ended well.</summary>
    public async Task<Frame?> TryReadAsync() =>
        await _call.ResponseStream.MoveNext().WaitAsync(Deadline) ? _call.ResponseStream.Current : null;

    public async Task<Signal> ReadSignalAsync() =>
        (await TryReadAsync())?.Signal ?? throw new InvalidOperationException("There was no signal");

    public async Task<Message> ReadMessageAsync() =>
        (await TryReadAsync())?.Message ?? throw new InvalidOperationException("There was no message");

    /// <summary>The position with which the stream begins.</summary>
    public async Task<int> OpenAsync()
    {
        var position = await ReadSignalAsync();
        return position.SignalType == SignalType.Device
            ? position.SignalOffset
            : throw new InvalidOperationException($"The stream began with {position}");
    }

    /// <summary>Reads on until the stream has ended.</summary>
    public async Task<(StatusCode Status, string? Reason)> EndAsync()
    {
        try
        {
            while (await TryReadAsync() is not null)
            {
            }

            return (StatusCode.OK, null);
        }
        catch (RpcException ended)
        {
            return (ended.StatusCode, ended.Trailers.GetValue("messaging-reason"));
        }
    }

    public void Dispose()
    {
        _call.Dispose();
        _channel.Dispose();
    }
}
