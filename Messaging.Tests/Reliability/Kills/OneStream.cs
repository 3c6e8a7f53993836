using Grpc.Core;
using Messaging.Tests.Reliability.Judging;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Kills;

/// <summary>One stream, written to from both of a device's loops, in the order in which the history has it.</summary>
internal sealed class OneStream(AsyncDuplexStreamingCall<Frame, Frame> call, StreamHistory history) : IDisposable
{
    private readonly SemaphoreSlim sending = new(1);

    public async Task UpAsync(Frame frame)
    {
        await sending.WaitAsync();
        try
        {
            history.Up(frame);
            await call.RequestStream.WriteAsync(frame);
        }
        finally
        {
            sending.Release();
        }
    }

    public void Dispose() => sending.Dispose();
}
