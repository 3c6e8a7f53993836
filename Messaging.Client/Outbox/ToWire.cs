using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Client.Outbox;

/// <summary>What the application hands over, as frames; throws where the server would never take it.</summary>
internal static class ToWire
{
    // Protocol §9: two of the texts are at most 256 Ki and 8 Ki characters, and a frame above 1 MiB ends the stream.
    private const int MaxEncryptedCharacters = 768 * 1024;
    private const int MaxOtherCharacters = 64 * 1024;

    public static Message Message(OutgoingMessage message, MessagingClientOptions options)
    {
        WireText.RequireName(message.To, "To");
        if (message.ToDevice.Length > 0)
            WireText.RequireName(message.ToDevice, "ToDevice");
        var id = message.Id ?? Guid.CreateVersion7(options.TimeProvider.GetUtcNow()).ToString();
        WireText.RequireId(id, "Id");
        if (message.Payload.Length > options.MaxPayloadBytes)
        {
            throw new ArgumentException(
                $"The payload has {message.Payload.Length} bytes; it may have {options.MaxPayloadBytes}.",
                nameof(message));
        }
        RequireTexts(message.EncryptionType, message.Encrypted, message.Signature, message.Payload.Length);
        return new Message
        {
            Id = id,
            To = new V1.Identity { User = message.To, Device = message.ToDevice },
            Timestamp = (message.Timestamp ?? options.TimeProvider.GetUtcNow()).ToUnixTimeMilliseconds(),
            Payload = ByteString.CopyFrom(message.Payload.Span),
            EncryptionType = message.EncryptionType,
            Encrypted = message.Encrypted,
            Signature = message.Signature,
        };
    }

    /// <exception cref="ArgumentException">One of the texts of a message's content is not usable.</exception>
    public static void RequireTexts(string encryptionType, string encrypted, string signature, int payloadLength)
    {
        WireText.RequireAscii(encrypted, MaxEncryptedCharacters - payloadLength, "Encrypted");
        WireText.RequireAscii(signature, MaxOtherCharacters, "Signature");
        WireText.RequireAscii(encryptionType, MaxOtherCharacters, "EncryptionType");
    }

    /// <param name="user">The other end of the conversation.</param>
    /// <param name="userOffset">Up to where it is read.</param>
    /// <param name="id">The last message of the other up to there, which tells the answer from others; may be empty.</param>
    public static Signal Read(string user, int userOffset, string id) => new()
    {
        Id = id,
        To = new V1.Identity { User = user },
        UserOffset = userOffset,
        SignalAckState = new SignalAckState { Read = true },
    };

    public static Signal Played(ReceivedMessage message) => new()
    {
        Id = message.Id,
        To = new V1.Identity { User = message.From.User },
        UserOffset = message.UserOffset,
        Status = SignalStatus.Played,
    };

    public static Signal Report(ReceivedMessage message, string reason)
    {
        WireText.RequireReason(reason, nameof(reason));
        return new Signal
        {
            Id = message.Id,
            To = new V1.Identity { User = message.From.User },
            Type = SignalKind.Error,
            Error = reason,
        };
    }

    public static Signal Awareness(
        Identity to, AwarenessStatus status, string? aboutId, MessagingClientOptions options)
    {
        WireText.RequireName(to.User, nameof(to));
        if (to.Device.Length > 0)
            WireText.RequireName(to.Device, nameof(to));
        if (aboutId is not null)
            WireText.RequireId(aboutId, nameof(aboutId));
        // PLAYED is durable, and no status at all would make another signal of it (protocol §8).
        if ((SignalStatus)status is SignalStatus.Unspecified or SignalStatus.Played)
            throw new ArgumentOutOfRangeException(nameof(status), status, "This is no awareness.");
        return new Signal
        {
            Id = aboutId ?? "",
            To = new V1.Identity { User = to.User, Device = to.Device },
            Status = (SignalStatus)status,
            Timestamp = options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
        };
    }
}
