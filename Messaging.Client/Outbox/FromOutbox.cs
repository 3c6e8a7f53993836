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
                Payload = message.Payload.Memory,
                EncryptionType = message.EncryptionType,
                Encrypted = message.Encrypted,
                Signature = message.Signature,
            },
            Code = refusal.Code,
            Text = refusal.Text,
        };
    }
}
