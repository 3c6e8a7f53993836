-- The journal is the truth: one row per accepted message, receipt, cursor move or opened stream, in the order in
-- which they were recorded, with everything that was assigned. Everything but the names can be built again from it.
CREATE TABLE journal (
    seq          INTEGER PRIMARY KEY,
    kind         INTEGER NOT NULL,  -- 1 message, 2 received, 3 read, 4 cursor, 5 stream, 6 played, 7 report
    id           TEXT,              -- the client's id of a message
    user         INTEGER NOT NULL,  -- who did it
    device       INTEGER NOT NULL,
    stream       INTEGER NOT NULL,  -- the stream on which it came
    conversation INTEGER NOT NULL,  -- 0 where there is none
    user_offset  INTEGER NOT NULL,  -- of a message; of a receipt, where the watermark now stands
    entries      BLOB NOT NULL,     -- the places it took in sequences, see EntryCodec
    subject      INTEGER NOT NULL,  -- of played and report: the row of the message they are about
    cursor       INTEGER NOT NULL,  -- the device's cursor after it, 0 if it did not move
    settled      INTEGER NOT NULL,  -- likewise: no further receipt is owed by the user up to here
    recorded_at  INTEGER NOT NULL,  -- epoch milliseconds, the server's clock
    digest       BLOB,              -- of a message: outlives its body
    body         BLOB,              -- of a message, NULL once retention has emptied it; of a report, its text
    body_hash    INTEGER NOT NULL,
    checksum     INTEGER NOT NULL   -- over all other columns but the body, which its hash stands for
) STRICT;

-- The duplicate check, exact for ever. The id comes first: time-ordered ids then touch few pages.
CREATE UNIQUE INDEX journal_message_id ON journal (id, user) WHERE id IS NOT NULL;

-- Names become keys once, in the transaction of the first row that needs them. The other columns are projections.
CREATE TABLE user (
    key          INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    head         INTEGER NOT NULL DEFAULT 0,
    settled      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE device (
    key    INTEGER PRIMARY KEY,
    user   INTEGER NOT NULL,
    name   TEXT NOT NULL,
    cursor INTEGER NOT NULL DEFAULT 0,
    stream INTEGER NOT NULL DEFAULT 0,
    UNIQUE (user, name)
) STRICT;

CREATE TABLE conversation (
    key     INTEGER PRIMARY KEY,
    members TEXT NOT NULL UNIQUE,   -- user keys, ascending, separated by commas
    head    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE member (
    conversation INTEGER NOT NULL,
    user         INTEGER NOT NULL,
    received     INTEGER NOT NULL DEFAULT 0,
    read         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation, user)
) STRICT, WITHOUT ROWID;

-- Projections of the journal, written behind it in large sorted batches.
CREATE TABLE entry (
    user         INTEGER NOT NULL,
    signal_offset INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    place        INTEGER NOT NULL,  -- which of the row's entries
    conversation INTEGER,           -- of a message only, with the next two
    user_offset  INTEGER,
    author       INTEGER,
    PRIMARY KEY (user, signal_offset)
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
    conversation INTEGER NOT NULL,
    user_offset  INTEGER NOT NULL,
    author       INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (conversation, user_offset)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX message_by_author ON message (conversation, author, user_offset);

-- What a user has said once of a message: that it was played (6), or that it can't be used (7).
CREATE TABLE remark (
    message INTEGER NOT NULL,       -- its row
    user    INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    PRIMARY KEY (message, user, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
    only_row      INTEGER PRIMARY KEY CHECK (only_row = 1),
    epoch         TEXT NOT NULL,
    projected_seq INTEGER NOT NULL  -- the journal is folded into the projections up to here
) STRICT;
