using System.Globalization;
using System.Text;
using Messaging.V1;

namespace Messaging.Tests.Properties;

/// <summary>§8 and the shapes of §9, as the page says them.</summary>
internal static class NaiveShape
{
    public static NaiveRow RowOf(Signal signal) =>
        signal.Type == SignalKind.Error ? NaiveRow.Report
        : signal.Status == SignalStatus.Played ? NaiveRow.Played
        : signal.SignalAckState?.Read == true ? NaiveRow.Read
        : signal.Status != SignalStatus.Unspecified ? NaiveRow.Awareness
        : signal.SignalAckState?.Received == true ? NaiveRow.Acknowledgement
        : signal.Type == SignalKind.Request ? NaiveRow.Reread
        : NaiveRow.None;

    public static bool Fits(Signal signal, NaiveRow row) =>
        (signal.Id.Length == 0 || IsId(signal.Id))
        && signal is { SignalOffset: >= 0, UserOffset: >= 0 }
        && FitsAsFrom(signal.From)
        && row switch
        {
            NaiveRow.Report => signal.Id.Length > 0 && FitsAsTo(signal.To)
                && signal.Error.Length > 0 && Encoding.UTF8.GetByteCount(signal.Error) <= 1024,
            NaiveRow.Played => signal.Id.Length > 0 && FitsAsTo(signal.To),
            NaiveRow.Read => FitsAsTo(signal.To) && (signal.Id.Length > 0 || signal.UserOffset > 0),
            NaiveRow.Awareness => FitsAsTo(signal.To),
            NaiveRow.Acknowledgement or NaiveRow.Reread => true,
            _ => false,
        };

    public static bool Fits(Message message) =>
        IsId(message.Id) && FitsAsTo(message.To) && FitsAsFrom(message.From)
        && message.Payload.Length <= 256 * 1024
        && Encoding.UTF8.GetByteCount(message.EncryptionType) <= 64
        && IsBase64(message.Encrypted) && message.Encrypted.Length <= 256 * 1024
        && IsBase64(message.Signature) && message.Signature.Length <= 8 * 1024
        && (message.EncryptionType is "" or "none"
            ? message.Encrypted.Length == 0
            : message.Encrypted.Length > 0 && message.Payload.IsEmpty);

    public static string Echo(string id) => IsId(id) ? id : "";

    private static bool IsId(string id) => id.Length > 0 && IsText(id, 128);

    private static bool FitsAsTo(Identity? to) => to?.User.Length > 0 && IsText(to.User, 255) && IsText(to.Device, 255);

    private static bool FitsAsFrom(Identity? from) => from is null or { User: "", Device: "" } || FitsAsTo(from);

    private static bool IsText(string text, int bytes) => Encoding.UTF8.GetByteCount(text) <= bytes && text.All(
        letter => char.GetUnicodeCategory(letter) is not (UnicodeCategory.Control
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator));

    private static bool IsBase64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var count)
            && Convert.ToBase64String(bytes.AsSpan(0, count)) == text;
    }
}

/// <summary>What a signal that goes up is (§8).</summary>
internal enum NaiveRow
{
    None,
    Report,
    Played,
    Read,
    Awareness,
    Acknowledgement,
    Reread,
}
