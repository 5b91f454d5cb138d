-- The tables of a ledger in a schema of a PostgreSQL database, schema version 1. Times are integer
-- microseconds UTC, amounts inside the JSON texts are integer minor units. The log is `events`; all
-- the rest is made from it, or, as the ledger's id, is vouched for by its hash chain. JSON is kept
-- as text: its bytes are hashed. Texts are compared by their bytes.

CREATE TABLE ledger (
    only_row       integer PRIMARY KEY CHECK (only_row = 1),
    ledger_id      text COLLATE "C" NOT NULL,
    schema_version integer NOT NULL
);

CREATE TABLE streams (
    stream_no      integer PRIMARY KEY,
    stream_id      text COLLATE "C" NOT NULL UNIQUE,
    aggregate_type text COLLATE "C" NOT NULL
);

-- Positions have no gaps: whoever appends holds the ledger's advisory lock, and counts on from the
-- last one. A sequence would lose some.
CREATE TABLE events (
    position       bigint   PRIMARY KEY,
    effective_at   bigint   NOT NULL,
    recorded_at    bigint   NOT NULL,
    stream_no      integer  NOT NULL,
    version        integer  NOT NULL CHECK (version > 0),
    schema_version integer  NOT NULL CHECK (schema_version > 0),
    backdated      smallint NOT NULL CHECK (backdated IN (0, 1)),
    hash           bytea    NOT NULL CHECK (octet_length(hash) = 32),
    salt           bytea    CHECK (octet_length(salt) = 16),
    digest         bytea    CHECK (octet_length(digest) = 32), -- SHA-256 over salt and an erased text
    event_type     text COLLATE "C" NOT NULL,
    data           text COLLATE "C" NOT NULL,
    metadata       text COLLATE "C" NOT NULL,
    text           text COLLATE "C", -- the free text
    UNIQUE (stream_no, version),
    CHECK ((text IS NULL) = (salt IS NULL)),
    CHECK (text IS NULL OR digest IS NULL)
);

-- Few events are backdated, and reading the past needs to find exactly those.
CREATE INDEX events_backdated ON events (stream_no, effective_at, version) WHERE backdated = 1;

-- Events that are archived may go, where the transaction says that it archives: those for which a
-- file stands in `archive`, and a state in `archived_streams`.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW'
        AND current_setting('ledger.archiving', true) IS NOT DISTINCT FROM 'on'
    THEN
        PERFORM FROM archived_streams AS kept
        WHERE kept.stream_no = OLD.stream_no AND kept.version >= OLD.version
            AND EXISTS (SELECT FROM archive WHERE to_position >= OLD.position);
        IF FOUND THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the log is append-only: % is never changed by %', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

-- Erasing takes away a text and its salt, and leaves the digest that the hash chain covers.
CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events FOR EACH ROW
WHEN (
    current_setting('ledger.erasing', true) IS DISTINCT FROM 'on'
    OR OLD.text IS NULL OR NEW.text IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.digest IS NULL
    OR (
        NEW.position, NEW.effective_at, NEW.recorded_at, NEW.stream_no, NEW.version,
        NEW.schema_version, NEW.backdated, NEW.hash, NEW.event_type, NEW.data, NEW.metadata
    ) IS DISTINCT FROM (
        OLD.position, OLD.effective_at, OLD.recorded_at, OLD.stream_no, OLD.version,
        OLD.schema_version, OLD.backdated, OLD.hash, OLD.event_type, OLD.data, OLD.metadata
    )
)
EXECUTE FUNCTION refuse_change();

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER events_are_never_truncated BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER streams_are_never_updated BEFORE UPDATE ON streams
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER streams_are_never_deleted BEFORE DELETE ON streams
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER streams_are_never_truncated BEFORE TRUNCATE ON streams
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What SQLite calls so, for questions that are asked of both.
CREATE FUNCTION instr(text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT strpos($1, $2)';

-- The server takes no NUL out of JSON, so U+2400 shows it.
CREATE FUNCTION json_of(text) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN strpos($1, '\u0000') = 0 THEN $1::json
        ELSE regexp_replace($1, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\u2400', 'g')::json
    END
$$;

CREATE FUNCTION json_member(text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT json_of($1) ->> $2';

CREATE OPERATOR ->> (LEFTARG = text, RIGHTARG = text, FUNCTION = json_member);

CREATE FUNCTION json_each(text) RETURNS TABLE (key text, value text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT * FROM json_each_text(json_of($1))';

CREATE TABLE idempotency_keys (
    key            text COLLATE "C" PRIMARY KEY,
    fingerprint    bytea  NOT NULL,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL
);

CREATE TABLE snapshots (
    stream_no            integer NOT NULL,
    version              integer NOT NULL,
    state                text COLLATE "C" NOT NULL,
    fingerprint          text COLLATE "C" NOT NULL,
    highest_effective_at bigint NOT NULL,
    last_recorded_at     bigint NOT NULL,
    PRIMARY KEY (stream_no, version)
);

CREATE INDEX snapshots_by_effective_time
    ON snapshots (stream_no, fingerprint, highest_effective_at, version);

CREATE TABLE projections (
    name     text COLLATE "C" PRIMARY KEY,
    version  bigint NOT NULL,
    position bigint NOT NULL,
    columns  text COLLATE "C" NOT NULL -- of its table, as JSON
);

CREATE TABLE publications (
    name     text COLLATE "C" PRIMARY KEY,
    target   text COLLATE "C" NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    hash     bytea  NOT NULL CHECK (octet_length(hash) = 32)
);

-- By how much the clocks of the book's time zone are ahead of UTC, from an instant on (all in µs).
CREATE TABLE local_days (
    since        bigint PRIMARY KEY,
    utc_offset   bigint,          -- NULL where the table ends
    earliest_day bigint NOT NULL, -- the latest day shown before, counted from 1970-01-01
    book_version bigint NOT NULL  -- of the event that gave the book its time zone
);

-- The files of the archive, which have all positions up to the last of them, without gaps.
CREATE TABLE archive (
    to_position     bigint  PRIMARY KEY,
    from_position   bigint  NOT NULL UNIQUE CHECK (from_position <= to_position),
    revision        bigint  NOT NULL, -- counts what was changed here, so that each change is seen
    previous_hash   bytea   NOT NULL CHECK (octet_length(previous_hash) = 32),
    hash            bytea   NOT NULL CHECK (octet_length(hash) = 32),
    recorded_at     bigint  NOT NULL,
    file            text COLLATE "C" NOT NULL,
    folder          text COLLATE "C" NOT NULL,
    manifest_sha256 bytea   NOT NULL CHECK (octet_length(manifest_sha256) = 32)
);

-- Each stream that has events in them, as it is after the last one.
CREATE TABLE archived_streams (
    stream_no            integer PRIMARY KEY,
    version              integer NOT NULL CHECK (version > 0),
    highest_effective_at bigint  NOT NULL,
    last_recorded_at     bigint  NOT NULL,
    state_version        integer NOT NULL,
    state                text COLLATE "C" NOT NULL
);

-- Nothing but archiving, and erasing what is archived, changes either.
CREATE TRIGGER archive_is_never_changed
BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON archive FOR EACH STATEMENT
WHEN (current_setting('ledger.archiving', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION refuse_change();

CREATE TRIGGER archived_streams_are_never_changed
BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON archived_streams FOR EACH STATEMENT
WHEN (current_setting('ledger.archiving', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION refuse_change();

-- The server's statistics keep samples of values, of which erasing would leave the old ones.
ALTER TABLE events ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE snapshots ALTER COLUMN state SET STATISTICS 0;
ALTER TABLE archived_streams ALTER COLUMN state SET STATISTICS 0;
