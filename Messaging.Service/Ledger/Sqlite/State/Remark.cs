namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>What a user can say only once of a message: that it was played, or that they cannot use it.</summary>
/// <param name="Message">The row of the message.</param>
/// <param name="User">Who says it.</param>
/// <param name="Kind">What they say.</param>
internal readonly record struct Remark(long Message, UserKey User, JournalKind Kind)
{
    /// <summary>What a record says of a message, if it does.</summary>
    public static Remark? Of(JournalRecord record) => record switch
    {
        ReceiptRecord { Kind: ReceiptKind.Played } played => new(played.Subject, played.Header.User, JournalKind.Played),
        ReportRecord report => new(report.Subject, report.Header.User, JournalKind.Report),
        _ => null,
    };
}
