namespace Messaging.Benchmarks.Peers;

/// <summary>Takes the payload of a message that a peer delivered; valid during the call only.</summary>
internal delegate void MessageHandler(ReadOnlySpan<byte> payload, long readAt);
