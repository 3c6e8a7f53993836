using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Client.Storage;

/// <summary>What the store keeps of a message, as the application sees it.</summary>
internal static class StoredMessages
{
    public static StoredMessage Read(
        Message body, string user, string device, bool isOwn, MessageState state, StoredPlace place, string? error,
        ByteString? plain, string? unusable) =>
        new()
        {
            Id = body.Id,
            // What this device sends goes up without one.
            From = body.From is { User.Length: > 0 } from ? new(from.User, from.Device) : new(user, device),
            To = new(body.To?.User ?? "", body.To?.Device ?? ""),
            IsOwn = isOwn,
            State = state,
            UserOffset = place.IsInConversation ? place.UserOffset : null,
            Timestamp = EpochTime.Read(body.Timestamp),
            Payload = (plain ?? body.Payload).Memory,
            EncryptionType = body.EncryptionType,
            Encrypted = body.Encrypted,
            Signature = body.Signature,
            Error = error,
            Unusable = unusable,
            Place = place,
        };

    /// <summary>Whether the application hands over again what went up before, whatever a protector made of it.</summary>
    public static bool IsRepeat(AddMessage add, Message earlier, ByteString? earlierPlain) =>
        add.Plain is not null && add.Plain.Equals(earlierPlain)
        && add.Message.To.Equals(earlier.To) && add.Message.Timestamp == earlier.Timestamp;
}
