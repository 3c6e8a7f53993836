using Grpc.Core;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Faults;

/// <summary>One stream, written to from both of a device's loops, and checked frame by frame.</summary>
internal sealed class OneStream(AsyncDuplexStreamingCall<Frame, Frame> call, QueueCheck check) : IDisposable
{
    private readonly SemaphoreSlim sending = new(1);
    private readonly Lock gate = new();
    private bool isComplete;

    public IAsyncEnumerable<Frame> ReadAsync() => call.ResponseStream.ReadAllAsync();

    public void Takes(Frame frame)
    {
        lock (gate)
            check.Takes(frame);
    }

    public async Task UpAsync(Frame frame, bool isRepeat)
    {
        await sending.WaitAsync();
        try
        {
            if (isComplete)
                return;
            lock (gate)
                check.Sends(frame, isRepeat);
            await call.RequestStream.WriteAsync(frame);
        }
        finally
        {
            sending.Release();
        }
    }

    public async Task CompleteAsync()
    {
        await sending.WaitAsync();
        try
        {
            isComplete = true;
            await call.RequestStream.CompleteAsync();
        }
        finally
        {
            sending.Release();
        }
    }

    public void Dispose() => sending.Dispose();
}
