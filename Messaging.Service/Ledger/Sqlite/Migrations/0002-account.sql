-- What users may do with their account. Kinds 8 blocked, 9 unblocked, 10 labelled, 11 revoked of the journal: the name
-- blocked, or the label, is the row's body; of 10 and 11, subject is the device concerned. Their stream is 0, and so is
-- their device where the caller was none of the ledger's.
ALTER TABLE device ADD COLUMN label   TEXT    NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN created INTEGER NOT NULL DEFAULT 0;  -- its first stream, epoch milliseconds
ALTER TABLE device ADD COLUMN seen    INTEGER NOT NULL DEFAULT 0;  -- its last stream or move of the cursor, likewise
ALTER TABLE device ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;  -- the row that revoked it

UPDATE device SET created = known.first, seen = known.last
FROM (
    SELECT device, min(recorded_at) FILTER (WHERE kind = 5) AS first, max(recorded_at) AS last
    FROM journal WHERE kind = 5 OR cursor > 0 GROUP BY device
) AS known
WHERE known.device = device.key;

-- The devices that count: however many were revoked, loading a user touches only these.
CREATE INDEX device_in_use ON device (user) WHERE revoked = 0;

-- Whom a user has blocked, by name: there need not be such a user.
CREATE TABLE block (
    user INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (user, name)
) STRICT, WITHOUT ROWID;
