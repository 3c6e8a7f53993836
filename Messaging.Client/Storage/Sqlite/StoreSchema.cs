using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>
/// The store's tables, and the numbered steps that lead to this version. All names begin with <c>messaging_</c>, and
/// the version is a column, because the file may be the application's own database.
/// </summary>
internal static class StoreSchema
{
    private static readonly string[] Steps =
    [
        """
        -- The one row that says whose store it is and where its device stands.
        CREATE TABLE messaging_store (
            only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
            version  INTEGER NOT NULL,
            user     TEXT,                          -- NULL until a client has used it
            device   TEXT,
            epoch    TEXT,                          -- NULL until a server has named one
            era      INTEGER NOT NULL DEFAULT 0,    -- how many epochs came before
            position INTEGER NOT NULL DEFAULT 0     -- of the queue; everything up to here is in the store
        ) STRICT;

        CREATE TABLE messaging_user (
            user INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT;

        -- One row a conversation: watermarks are offsets of the present era.
        CREATE TABLE messaging_conversation (
            peer           INTEGER PRIMARY KEY REFERENCES messaging_user,
            read_up_to     INTEGER NOT NULL,
            unread         INTEGER NOT NULL,
            unread_earlier INTEGER NOT NULL,        -- of those, how many have their place in an earlier era
            peer_received  INTEGER NOT NULL,
            peer_read      INTEGER NOT NULL,
            last_number    INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX messaging_conversation_last ON messaging_conversation (last_number);

        -- One row a message, sent or received.
        CREATE TABLE messaging_message (
            number        INTEGER PRIMARY KEY,      -- in the order in which they came into the store
            id            TEXT NOT NULL,
            author        INTEGER NOT NULL REFERENCES messaging_user,
            peer          INTEGER NOT NULL REFERENCES messaging_user,
            era           INTEGER NOT NULL,         -- 2147483647 while it has no place
            user_offset   INTEGER NOT NULL,         -- 0 while it has no place
            state         INTEGER NOT NULL,         -- what does not follow from the conversation's watermarks
            signal_offset INTEGER,                  -- of the answer that accepted it
            stored_at     INTEGER,                  -- likewise, epoch milliseconds
            error         TEXT,
            body          BLOB NOT NULL             -- messaging.v1.Message, byte for byte as it went up or came down
        ) STRICT;
        CREATE UNIQUE INDEX messaging_message_id ON messaging_message (id, author);
        CREATE INDEX messaging_message_place ON messaging_message (peer, era, user_offset);

        -- What the server has not taken, in the order in which it was handed over; parked where it has a code.
        CREATE TABLE messaging_outbox (
            sequence  INTEGER PRIMARY KEY,
            id        TEXT,                         -- of a message; NULL with every other frame
            frame     BLOB,                         -- messaging.v1.Frame; NULL where the message's body is what goes up
            era       INTEGER NOT NULL,
            code      TEXT,
            text      TEXT
        ) STRICT;
        CREATE INDEX messaging_outbox_id ON messaging_outbox (id) WHERE id IS NOT NULL;
        CREATE INDEX messaging_outbox_parked ON messaging_outbox (sequence) WHERE code IS NOT NULL;

        -- The numbers of the messages that the application has not handled.
        CREATE TABLE messaging_unhandled (
            number INTEGER PRIMARY KEY REFERENCES messaging_message
        ) STRICT;

        INSERT INTO messaging_store (only_row, version) VALUES (1, 0);
        """,
        """
        -- The payload as the application has it, where a protector stands between it and the body; else NULL.
        ALTER TABLE messaging_message ADD COLUMN plain BLOB;
        ALTER TABLE messaging_message ADD COLUMN unusable TEXT;    -- why it could not be opened when it came
        ALTER TABLE messaging_outbox ADD COLUMN plain BLOB;        -- beside a frame that is a message
        """,
    ];

    /// <summary>Brings the file to this version; a crash in between leaves it at a version that is whole.</summary>
    /// <exception cref="StoreUnusableException">It is of a later version.</exception>
    public static void Migrate(SqliteConnection connection, string path)
    {
        var version = Version(connection);
        if (version > Steps.Length)
        {
            throw new StoreUnusableException(
                $"The store {path} was written by a later version: {version}, and this one knows {Steps.Length}.");
        }
        while (version < Steps.Length)
        {
            Sql.Run(connection, "BEGIN IMMEDIATE");
            Sql.Run(connection, Steps[version]);
            Sql.Run(connection, "UPDATE messaging_store SET version = ?1", ++version);
            Sql.Run(connection, "COMMIT");
        }
    }

    private static int Version(SqliteConnection connection)
    {
        using var exists = new Sql(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'messaging_store'");
        if (exists.Number() == 0)
            return 0;
        using var version = new Sql(connection, "SELECT version FROM messaging_store");
        return checked((int)version.Number()!.Value);
    }
}
