using System.IO.Hashing;
using Messaging.Service.Ledger;

namespace Messaging.Tests.Support;

/// <summary>Queue entries as lines of text, which a test can expect and a person can compare.</summary>
internal static class QueueText
{
    /// <summary>What the protocol says about the entry.</summary>
    public static string Brief(QueueEntry entry) => entry.Record switch
    {
        MessageRecord message =>
            $"{entry.Offset} message {Name(message.Author)} {message.Id} #{message.UserOffset} {entry.State}",
        ReceiptRecord receipt =>
            $"{entry.Offset} {receipt.Kind} {Name(receipt.Author)} #{receipt.UpTo} about {entry.About}",
        ReportRecord report =>
            $"{entry.Offset} Report {Name(report.Author)} #{report.UserOffset} about {entry.About}: {report.Text}",
        var other => $"{entry.Offset} unexpected {other.GetType().Name}",
    };

    /// <summary>Everything that the ledger keeps about it.</summary>
    public static string Full(QueueEntry entry)
    {
        var record = entry.Record;
        var rest = record switch
        {
            MessageRecord message =>
                $"{message.Conversation} {message.Digest} body {message.Body.Length}:{Hash(message.Body)}",
            ReceiptRecord receipt => $"{receipt.Conversation}",
            _ => "",
        };
        var places = string.Join(", ", record.Entries.Select(
            place => $"{place.User.Value}={place.UserName}:{place.Offset}:{place.About}"));
        return $"{Brief(entry)} | {record.Sequence} at {record.RecordedAt} by {record.Header.User.Value}/"
            + $"{record.Header.Device.Value} on {record.Stream.Value} cursor {record.Header.Cursor} [{places}] {rest}";
    }

    private static string Name(Party party) => $"{party.User}/{party.Device}";

    private static string Hash(ReadOnlyMemory<byte> body) => Convert.ToHexString(XxHash64.Hash(body.Span));
}
