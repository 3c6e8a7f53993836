using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Client.Protection;

/// <summary>A message that is handed over.</summary>
/// <param name="Message">As it goes up, always the same bytes.</param>
/// <param name="Plain">The application's payload, where a protector has made the message of it; null elsewhere.</param>
internal readonly record struct OutgoingFrame(Message Message, ByteString? Plain);
