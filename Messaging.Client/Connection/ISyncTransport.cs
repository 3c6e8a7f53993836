namespace Messaging.Client.Connection;

/// <summary>Opens streams to the server. One at a time is open.</summary>
internal interface ISyncTransport : IAsyncDisposable
{
    /// <summary>Starts a call; what is wrong with it shows when the stream is used.</summary>
    ISyncStream Open(StreamRequest request);
}
