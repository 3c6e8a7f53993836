namespace Messaging.Client.Storage;

/// <summary>How far the other member of a conversation is, under the present epoch.</summary>
internal readonly record struct StoredWatermarks(string Peer, int Received, int Read);
