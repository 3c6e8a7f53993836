using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Serving;

/// <summary>A server that somebody else started.</summary>
internal sealed class ProcessProbe(int processId) : IServerProbe
{
    public Task<ServerSample> SampleAsync() =>
        Task.FromResult(new ServerSample(ProcessSample.Of(processId), Runtime: null));
}
