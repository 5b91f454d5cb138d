-- The tables of a ledger file, schema version 2. Times are integer microseconds UTC, amounts inside
-- the JSON texts are integer minor units. The log is `events`; all the rest is made from it, or, as
-- the ledger's id, is vouched for by its hash chain.

CREATE TABLE ledger (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    ledger_id TEXT    NOT NULL
) STRICT;

CREATE TABLE streams (
    stream_no      INTEGER PRIMARY KEY,
    stream_id      TEXT NOT NULL UNIQUE,
    aggregate_type TEXT NOT NULL
) STRICT;

CREATE TABLE events (
    position       INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_no      INTEGER NOT NULL REFERENCES streams (stream_no),
    version        INTEGER NOT NULL CHECK (version > 0),
    event_type     TEXT    NOT NULL,
    schema_version INTEGER NOT NULL CHECK (schema_version > 0),
    data           TEXT    NOT NULL,
    text           ANY CHECK ( -- the free text; once it is erased, SHA-256 over salt and text
        typeof(text) IN ('null', 'text') OR (typeof(text) = 'blob' AND length(text) = 32)
    ),
    salt           BLOB CHECK (length(salt) = 16),
    metadata       TEXT    NOT NULL,
    effective_at   INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    backdated      INTEGER NOT NULL CHECK (backdated IN (0, 1)),
    hash           BLOB    NOT NULL CHECK (length(hash) = 32),
    UNIQUE (stream_no, version),
    CHECK ((typeof(text) = 'text') = (typeof(salt) = 'blob'))
) STRICT;

-- Few events are backdated, and reading the past needs to find exactly those.
CREATE INDEX events_backdated ON events (stream_no, effective_at, version) WHERE backdated = 1;

-- Erasing takes away a text and its salt, and leaves the digest that the hash chain covers.
CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
WHEN NOT (
    typeof(OLD.text) = 'text' AND typeof(NEW.text) = 'blob' AND length(NEW.text) = 32
    AND NEW.salt IS NULL
    AND NEW.position = OLD.position AND NEW.stream_no = OLD.stream_no
    AND NEW.version = OLD.version AND NEW.event_type = OLD.event_type
    AND NEW.schema_version = OLD.schema_version AND NEW.data = OLD.data
    AND NEW.metadata = OLD.metadata AND NEW.effective_at = OLD.effective_at
    AND NEW.recorded_at = OLD.recorded_at AND NEW.backdated = OLD.backdated
    AND NEW.hash = OLD.hash
)
BEGIN SELECT RAISE (ABORT, 'events are append-only: they are never updated'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE (ABORT, 'events are append-only: they are never deleted'); END;

-- INSERT OR REPLACE would delete without a word.
CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
WHEN NEW.position <= (SELECT max(position) FROM events)
    OR NEW.version <= (SELECT max(version) FROM events WHERE stream_no = NEW.stream_no)
BEGIN SELECT RAISE (ABORT, 'events are append-only: they are never replaced'); END;

CREATE TRIGGER streams_are_never_updated BEFORE UPDATE ON streams
BEGIN SELECT RAISE (ABORT, 'streams are append-only: they are never updated'); END;

CREATE TRIGGER streams_are_never_deleted BEFORE DELETE ON streams
BEGIN SELECT RAISE (ABORT, 'streams are append-only: they are never deleted'); END;

CREATE TRIGGER streams_are_never_replaced BEFORE INSERT ON streams
WHEN EXISTS (SELECT 1 FROM streams WHERE stream_no = NEW.stream_no OR stream_id = NEW.stream_id)
BEGIN SELECT RAISE (ABORT, 'streams are append-only: they are never replaced'); END;

CREATE TABLE idempotency_keys (
    key            TEXT    NOT NULL PRIMARY KEY,
    fingerprint    BLOB    NOT NULL,
    first_position INTEGER NOT NULL REFERENCES events (position),
    last_position  INTEGER NOT NULL REFERENCES events (position)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    stream_no            INTEGER NOT NULL REFERENCES streams (stream_no),
    version              INTEGER NOT NULL,
    state                TEXT    NOT NULL,
    fingerprint          TEXT    NOT NULL,
    highest_effective_at INTEGER NOT NULL,
    last_recorded_at     INTEGER NOT NULL,
    PRIMARY KEY (stream_no, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX snapshots_by_effective_time
    ON snapshots (stream_no, fingerprint, highest_effective_at, version);

CREATE TABLE projections (
    name     TEXT    NOT NULL PRIMARY KEY,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The log for people with any SQLite tool: account ids, ISO times, and event ids (UUIDv8 of the hash).
CREATE VIEW event_log AS
SELECT
    position,
    substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-8' || substr(h, 14, 3) || '-'
        || substr('89ab', 1 + ((instr('0123456789abcdef', substr(h, 17, 1)) - 1) & 3), 1)
        || substr(h, 18, 3) || '-' || substr(h, 21, 12) AS event_id,
    account_id,
    aggregate_type,
    version,
    event_type,
    schema_version,
    data,
    CASE typeof(text) WHEN 'text' THEN text END AS text,
    typeof(text) = 'blob' AS erased,
    metadata,
    strftime('%Y-%m-%dT%H:%M:%S', (effective_at - effective_fraction) / 1000000, 'unixepoch')
        || printf('.%06dZ', effective_fraction) AS effective_at,
    strftime('%Y-%m-%dT%H:%M:%S', (recorded_at - recorded_fraction) / 1000000, 'unixepoch')
        || printf('.%06dZ', recorded_fraction) AS recorded_at,
    backdated,
    h AS hash
FROM (
    SELECT
        events.*,
        streams.stream_id AS account_id,
        streams.aggregate_type,
        lower(hex(hash)) AS h,
        ((effective_at % 1000000) + 1000000) % 1000000 AS effective_fraction,
        ((recorded_at % 1000000) + 1000000) % 1000000 AS recorded_fraction
    FROM events JOIN streams USING (stream_no)
);
