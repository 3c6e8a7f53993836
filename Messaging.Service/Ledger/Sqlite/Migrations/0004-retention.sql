-- What retention has done. A body that is gone leaves NULL in its row; only rows up to counted_seq, all of them folded,
-- are ever emptied. No row: retention has never run.
CREATE TABLE retention (
    only_row      INTEGER PRIMARY KEY CHECK (only_row = 1),
    counted_seq   INTEGER NOT NULL,  -- the rows up to here are counted in body_bytes
    body_bytes    INTEGER NOT NULL,  -- the bodies that they still have, of messages and reports
    passed_seq    INTEGER NOT NULL,  -- no message or report up to here has its body any more
    removed       INTEGER NOT NULL,  -- how many were emptied
    removed_bytes INTEGER NOT NULL,
    checksum      INTEGER NOT NULL   -- over all of these
) STRICT;

-- Up to where a user's sequence holds nothing any more, as of retention.passed_seq; no row: it does from its beginning.
CREATE TABLE emptied (
    user    INTEGER PRIMARY KEY,
    through INTEGER NOT NULL
) STRICT;
