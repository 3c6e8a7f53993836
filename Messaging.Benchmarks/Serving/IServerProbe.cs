namespace Messaging.Benchmarks.Serving;

/// <summary>Tells what a server uses, while it runs.</summary>
internal interface IServerProbe
{
    Task<ServerSample> SampleAsync();
}
