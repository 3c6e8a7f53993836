using Messaging.Service.Security;
using Messaging.V1;

namespace Messaging.Service.Delivery;

/// <summary>
/// Whether a frame is one at all, by itself: no look at the caller or at the ledger (protocol §4, §8, §9). Each check
/// gives the reason why not, or null. Safe for concurrent use.
/// </summary>
internal sealed class ShapeRules(MessageLimits limits)
{
    public Refusal? Check(Message message) =>
        CheckId(message.Id)
        ?? CheckRecipient(message.To)
        ?? CheckFrom(message.From)
        ?? CheckContent(message);

    public Refusal? Check(Signal signal, SignalRow row)
    {
        if (signal.Id.Length > 0 && CheckId(signal.Id) is { } badId)
            return badId;
        if (signal.SignalOffset < 0 || signal.UserOffset < 0)
            return Refusal.Invalid("an offset is negative");
        if (CheckFrom(signal.From) is { } badFrom)
            return badFrom;

        return row switch
        {
            SignalRow.ErrorReport =>
                (signal.Id.Length == 0 ? Refusal.Invalid("id is missing: which message is it about?") : null)
                ?? CheckRecipient(signal.To)
                ?? CheckReport(signal.Error),
            SignalRow.Played =>
                (signal.Id.Length == 0 ? Refusal.Invalid("id is missing: what was played?") : null)
                ?? CheckRecipient(signal.To),
            SignalRow.Read =>
                CheckRecipient(signal.To)
                ?? (signal.Id.Length == 0 && signal.UserOffset == 0
                    ? Refusal.Invalid("a read needs an id or a user_offset")
                    : null),
            SignalRow.Awareness => CheckRecipient(signal.To),
            SignalRow.Acknowledge or SignalRow.Reread => null,
            _ => Refusal.Invalid("the signal is neither an acknowledgement, a read, a re-read, a status nor an error"),
        };
    }

    /// <summary>Whether this may be echoed as an id in the answer to a bad frame (protocol §9).</summary>
    public bool IsId(string id) => CheckId(id) is null;

    private Refusal? CheckId(string id) =>
        id.Length == 0 ? Refusal.Invalid("id is missing")
        : PlainText.IsLongerThan(id, limits.IdBytes) ? Refusal.Invalid($"id is longer than {limits.IdBytes} bytes")
        : PlainText.HasControls(id) ? Refusal.Invalid("id holds a control character")
        : null;

    private Refusal? CheckRecipient(Identity? to) =>
        to is null || to.User.Length == 0 ? Refusal.Invalid("to.user is missing") : CheckNames(to, "to");

    // Protocol §8: an empty from {} is as if left out.
    private Refusal? CheckFrom(Identity? from) =>
        from is null || (from.User.Length == 0 && from.Device.Length == 0) ? null
        : from.User.Length == 0 ? Refusal.Invalid("from.user is missing")
        : CheckNames(from, "from");

    private Refusal? CheckNames(Identity party, string field) =>
        CheckName(party.User, field, "user") ?? CheckName(party.Device, field, "device");

    private Refusal? CheckName(string name, string field, string part) =>
        PlainText.IsLongerThan(name, limits.NameBytes)
            ? Refusal.Invalid($"{field}.{part} is longer than {limits.NameBytes} bytes")
        : PlainText.HasControls(name) ? Refusal.Invalid($"{field}.{part} holds a control character")
        : null;

    private Refusal? CheckReport(string error) =>
        error.Length == 0 ? Refusal.Invalid("error is missing")
        : PlainText.IsLongerThan(error, limits.ErrorBytes)
            ? Refusal.Invalid($"error is longer than {limits.ErrorBytes} bytes")
        : null;

    private Refusal? CheckContent(Message message)
    {
        if (message.Payload.Length > limits.PayloadBytes)
            return Refusal.Invalid($"payload is longer than {limits.PayloadBytes} bytes");
        if (PlainText.IsLongerThan(message.EncryptionType, limits.EncryptionTypeBytes))
            return Refusal.Invalid($"encryption_type is longer than {limits.EncryptionTypeBytes} bytes");
        if (message.Encrypted.Length > limits.EncryptedCharacters)
            return Refusal.Invalid($"encrypted is longer than {limits.EncryptedCharacters} characters");
        if (message.Signature.Length > limits.SignatureCharacters)
            return Refusal.Invalid($"signature is longer than {limits.SignatureCharacters} characters");

        // Protocol §9: no plain text slips out beside its cipher text.
        if (EncryptionType.IsNone(message.EncryptionType))
        {
            if (message.Encrypted.Length > 0)
                return Refusal.Invalid("encrypted is set, but encryption_type says that nothing is encrypted");
        }
        else if (message.Encrypted.Length == 0)
            return Refusal.Invalid("encryption_type is set, but encrypted is missing");
        else if (message.Payload.Length > 0)
            return Refusal.Invalid("payload is set beside encryption_type: plain text would go with its cipher text");

        return !Base64Text.IsStrict(message.Encrypted) ? Refusal.Invalid("encrypted is not base64 with padding")
            : !Base64Text.IsStrict(message.Signature) ? Refusal.Invalid("signature is not base64 with padding")
            : null;
    }
}
