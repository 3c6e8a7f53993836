using Google.Protobuf;
using Messaging.Client.Outbox;

namespace Messaging.Client.Protection;

/// <summary>The way out: what the application hands over, as it goes up.</summary>
internal static class Sealing
{
    /// <exception cref="ArgumentException">
    /// A part of the message is not usable, or too large once it is protected.
    /// </exception>
    public static OutgoingFrame Seal(OutgoingMessage message, MessagingClientOptions options)
    {
        var frame = ToWire.Message(message, options);
        if (options.Protector is not { } protector)
            return new OutgoingFrame(frame, null);
        if (message.EncryptionType.Length > 0 || message.Encrypted.Length > 0 || message.Signature.Length > 0)
        {
            throw new ArgumentException(
                "EncryptionType, Encrypted and Signature are the protector's: the message must leave them empty.",
                nameof(message));
        }
        var plain = frame.Payload;
        var content = protector.Protect(new MessageEnvelope
        {
            Id = frame.Id,
            From = new(options.User, options.Device),
            To = new(frame.To.User, frame.To.Device),
            Peer = frame.To.User,
            Timestamp = EpochTime.Read(frame.Timestamp),
            Content = new() { Payload = plain.Memory },
        });
        RequireUsable(content, plain.Length, options.MaxPayloadBytes);
        frame.Payload = ByteString.CopyFrom(content.Payload.Span);
        frame.EncryptionType = content.EncryptionType;
        frame.Encrypted = content.Encrypted;
        frame.Signature = content.Signature;
        return new OutgoingFrame(frame, plain);
    }

    private static void RequireUsable(MessageContent content, int plainLength, int limit)
    {
        var length = Math.Max(content.Payload.Length, content.Encrypted.Length);
        if (length > limit)
        {
            throw new ArgumentException(
                $"The payload of {plainLength} bytes takes {length} once it is protected; it may take {limit}, MaxPayloadBytes.");
        }
        ToWire.RequireTexts(content.EncryptionType, content.Encrypted, content.Signature, content.Payload.Length);
    }
}
