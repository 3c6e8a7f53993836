using Messaging.Client.Storage;

namespace Messaging.Client.Outbox;

/// <summary>What waits in the outbox, as the application handed it over.</summary>
internal static class FromOutbox
{
    public static ParkedMessage Parked(StoredEntry entry)
    {
        var message = entry.Frame.Message;
        var refusal = entry.Refusal.GetValueOrDefault();
        return new ParkedMessage
        {
            Message = new OutgoingMessage
            {
                Id = message.Id,
                To = message.To.User,
                ToDevice = message.To.Device,
                Timestamp = EpochTime.Read(message.Timestamp),
                Payload = (entry.Plain ?? message.Payload).Memory,
                // With a protector these are not the application's.
                EncryptionType = entry.Plain is null ? message.EncryptionType : "",
                Encrypted = entry.Plain is null ? message.Encrypted : "",
                Signature = entry.Plain is null ? message.Signature : "",
            },
            Code = refusal.Code,
            Text = refusal.Text,
        };
    }
}
