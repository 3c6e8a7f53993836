namespace Messaging.Benchmarks.Http2;

/// <summary>Gets every gRPC message of a call, in order, on the call's own loop.</summary>
internal interface IFrameReceiver
{
    /// <param name="frame">The message without its gRPC prefix; valid during the call only.</param>
    /// <param name="readAt">The timestamp of the socket read that brought its last byte.</param>
    void OnFrame(ReadOnlySpan<byte> frame, long readAt);
}
