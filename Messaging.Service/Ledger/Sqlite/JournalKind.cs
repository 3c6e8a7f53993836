namespace Messaging.Service.Ledger.Sqlite;

/// <summary>What a row of the journal is; written to disk, so numbers are never reused.</summary>
internal enum JournalKind
{
    Message = 1,
    Received = 2,
    Read = 3,
    Cursor = 4,
    Stream = 5,
    Played = 6,
    Report = 7,
    Blocked = 8,
    Unblocked = 9,
    Labelled = 10,
    Revoked = 11,
}
