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

-- ── accounts and entries ───────────────────────────────────────────────────────────────────────
--
-- These views are for any program that reads SQLite (3.37 or newer). They are made of the log alone,
-- so they are never behind it. They hold integers and texts; what SQL cannot tell is NULL. Events of
-- older schema versions are read as they were written.

CREATE INDEX events_beside_movements ON events (event_type, stream_no, version)
WHERE event_type NOT IN ('MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived');

-- By how much the clocks of the book's time zone are ahead of UTC, from an instant on (all in µs).
-- A time has the latest day that those clocks have shown by then: putting them back repeats no day.
CREATE TABLE local_days (
    since        INTEGER PRIMARY KEY,
    utc_offset   INTEGER,          -- NULL where the table ends
    earliest_day INTEGER NOT NULL, -- the latest day shown before, counted from 1970-01-01
    book_version INTEGER NOT NULL  -- of the event that gave the book its time zone
) STRICT;

-- Amounts that were written as decimals, in minor units, rounded half to even; and the decimals of
-- currencies that were not written down.
CREATE VIEW older_amounts AS
SELECT
    position,
    decimals,
    CASE
        WHEN schema_version > 3 THEN whole_number
        WHEN number GLOB '*[^-+.0-9e]*' OR length(whole) > 19
            OR (length(whole) = 19 AND whole > '9223372036854775807') THEN NULL
        ELSE (1 - 2 * negative) * (
            CAST(whole AS INTEGER) + (rest > '5' OR (rest = '5' AND substr(whole, -1) % 2 = 1))
        )
    END AS amount_minor
FROM (
    SELECT
        *,
        ltrim(
            substr(digits || '00000000000000000000', 1, min(max(point, 0), length(digits) + 20)), '0'
        ) AS whole,
        rtrim(CASE WHEN point < 0 THEN '' ELSE substr(digits, point + 1) END, '0') AS rest
    FROM (
        SELECT
            *,
            replace(mantissa, '.', '') AS digits,
            instr(mantissa || '.', '.') - 1 + exponent + decimals AS point
        FROM (
            SELECT
                *,
                number LIKE '-%' AS negative,
                ltrim(substr(number, 1, instr(number || 'e', 'e') - 1), '-') AS mantissa,
                CAST(substr(number, instr(number || 'e', 'e') + 1) AS INTEGER) AS exponent
            FROM (
                SELECT
                    position,
                    schema_version,
                    coalesce(json_extract(data, '$.initial_balance'), 0) AS whole_number,
                    lower(replace(trim(
                        json_extract(data, '$.amount', '$.initial_balance'), '[]nul,'
                    ), '"', '?')) AS number,
                    CASE
                        WHEN json_extract(data, '$.currency') IN (
                            'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
                            'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'
                        ) THEN 0
                        WHEN json_extract(data, '$.currency') IN (
                            'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'
                        ) THEN 3
                        WHEN json_extract(data, '$.currency') IN ('CLF', 'UYW') THEN 4
                        ELSE 2
                    END AS decimals
                FROM events
                WHERE (event_type = 'AccountOpened' AND schema_version < 5)
                    OR (event_type IN ('MoneyDeposited', 'MoneyWithdrawn') AND schema_version = 1)
            )
        )
    )
);

-- Each account's opening, and each that took its place.
CREATE VIEW account_openings AS
SELECT
    stream_no,
    version,
    coalesce(json_extract(data, '$.opened_at'), effective_at) AS opened_at,
    coalesce(json_extract(data, '$.currency'), 'USD') AS currency,
    CASE
        WHEN event_type = 'AccountOpened' AND schema_version < 5
        THEN (SELECT decimals FROM older_amounts WHERE older_amounts.position = events.position)
        ELSE json_extract(data, '$.decimals')
    END AS decimals,
    CASE
        WHEN event_type = 'AccountOpened' AND schema_version < 5
        THEN (SELECT amount_minor FROM older_amounts WHERE older_amounts.position = events.position)
        ELSE json_extract(data, '$.initial_balance')
    END AS initial_minor
FROM events
WHERE event_type NOT IN ('MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived')
    AND event_type IN ('AccountOpened', 'OpeningAmended');

-- Each owner that an account was given.
CREATE VIEW account_owners AS
SELECT
    stream_no,
    version,
    CASE
        WHEN event_type = 'PersonalDataErased' OR typeof(text) = 'blob' THEN '(erased)'
        ELSE coalesce(text, json_extract(data, '$.owner'), json_extract(data, '$.name'), 'Unknown')
    END AS owner
FROM events
WHERE event_type NOT IN ('MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived')
    AND event_type IN ('AccountOpened', 'AccountAmended', 'PersonalDataErased')
    AND (event_type <> 'AccountAmended' OR text IS NOT NULL);

-- What each event adds to its account, but for openings.
CREATE VIEW event_amounts AS
SELECT
    position,
    stream_no,
    version,
    event_type,
    effective_at,
    CASE
        WHEN event_type IN ('MoneyDeposited', 'TransferReceived', 'EntryReversed') THEN 1
        WHEN event_type IN ('MoneyWithdrawn', 'TransferSent') THEN -1
    END * CASE
        WHEN schema_version = 1 AND event_type IN ('MoneyDeposited', 'MoneyWithdrawn')
        THEN (SELECT amount_minor FROM older_amounts WHERE older_amounts.position = events.position)
        ELSE json_extract(data, '$.amount')
    END AS amount_minor
FROM events;

-- All that moved money, in each account in the order in which it happened, as it is known now.
-- An entry and its reversal at the same moment are `reversed`, and cancel each other out. Sums are of
-- two halves of 32 bits, since SQLite stops where one leaves 64 bits, if only on the way.
CREATE VIEW entries AS
WITH reversals AS MATERIALIZED (
    SELECT stream_no, json_extract(data, '$.reverses') AS reverses, version, effective_at
    FROM events
    WHERE event_type NOT IN (
            'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
        )
        AND event_type = 'EntryReversed'
),
amendments AS MATERIALIZED (
    SELECT
        stream_no,
        json_extract(data, '$.amends') AS amends,
        max(CASE WHEN text IS NOT NULL THEN version END) AS describes,
        max(CASE WHEN json_type(data, '$.tags') = 'object' THEN version END) AS tags,
        max(CASE WHEN json_type(data, '$.receipts') = 'array' THEN version END) AS receives
    FROM events
    WHERE event_type NOT IN (
            'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
        )
        AND event_type = 'EntryAmended'
    GROUP BY stream_no, json_extract(data, '$.amends')
),
amounts AS (
    SELECT
        streams.stream_id AS account,
        event_amounts.stream_no,
        version,
        position,
        CASE version
            WHEN 1 THEN (
                SELECT opened_at FROM account_openings
                WHERE account_openings.stream_no = streams.stream_no
                ORDER BY account_openings.version DESC LIMIT 1
            )
            ELSE effective_at
        END AS effective_at,
        CASE version
            WHEN 1 THEN (
                SELECT initial_minor FROM account_openings
                WHERE account_openings.stream_no = streams.stream_no
                ORDER BY account_openings.version DESC LIMIT 1
            )
            ELSE amount_minor
        END AS amount_minor
    FROM streams CROSS JOIN event_amounts ON event_amounts.stream_no = streams.stream_no
    WHERE event_type IN (
        'AccountOpened', 'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived',
        'EntryReversed'
    )
),
sums AS (
    SELECT
        account,
        stream_no,
        version,
        position,
        effective_at,
        CASE typeof(amount_minor) WHEN 'integer' THEN amount_minor END AS amount_minor,
        sum(coalesce(amount_minor >> 32, 1 << 40)) OVER so_far AS high,
        sum(coalesce(amount_minor & 4294967295, 0)) OVER so_far AS low
    FROM amounts
    WINDOW so_far AS (
        PARTITION BY account ORDER BY effective_at, version ROWS UNBOUNDED PRECEDING
    )
),
told AS (
    SELECT
        sums.*,
        CASE
            WHEN high + (low >> 32) BETWEEN -2147483648 AND 2147483647
            THEN (high + (low >> 32) << 32) | (low & 4294967295)
        END AS balance_minor,
        entry.event_type,
        entry.data,
        entry.metadata,
        entry.recorded_at,
        entry.backdated,
        opening.currency,
        opening.decimals,
        undone.version AS reverses,
        undone.data AS undone_data,
        reversals.version AS reversed_by,
        coalesce(reversals.effective_at, undone.effective_at) IS sums.effective_at AS reversed,
        amendments.tags AS tags_version,
        CASE WHEN undone.version IS NULL THEN amendments.receives END AS receipts_version,
        words.event_type AS words_type,
        words.text AS words,
        ((sums.effective_at % 1000000) + 1000000) % 1000000 AS effective_fraction,
        ((entry.recorded_at % 1000000) + 1000000) % 1000000 AS recorded_fraction
    FROM sums
    CROSS JOIN events AS entry ON entry.position = sums.position
    CROSS JOIN account_openings AS opening
        ON opening.stream_no = sums.stream_no
            AND opening.version = (
                SELECT max(amended.version) FROM account_openings AS amended
                WHERE amended.stream_no = sums.stream_no
                    AND amended.version < CASE sums.version
                        WHEN 1 THEN 9223372036854775807
                        ELSE sums.version
                    END
            )
    LEFT JOIN reversals
        ON reversals.stream_no = sums.stream_no AND reversals.reverses = sums.version
    LEFT JOIN events AS undone
        ON entry.event_type = 'EntryReversed'
            AND undone.stream_no = sums.stream_no
            AND undone.version = json_extract(entry.data, '$.reverses')
    LEFT JOIN amendments
        ON amendments.stream_no = sums.stream_no
            AND amendments.amends = coalesce(undone.version, sums.version)
    LEFT JOIN events AS words
        ON words.stream_no = sums.stream_no
            AND words.version = CASE
                WHEN undone.version IS NULL THEN coalesce(amendments.describes, sums.version)
                ELSE sums.version
            END
    WHERE sums.version > 1 OR sums.amount_minor IS NOT 0
)
SELECT
    (
        SELECT date(
            min(max(
                (told.effective_at + utc_offset
                    - ((told.effective_at + utc_offset) % 86400000000 + 86400000000) % 86400000000
                ) / 86400000000,
                earliest_day
            ), 2932896) * 86400,
            'unixepoch'
        )
        FROM local_days
        WHERE since <= told.effective_at AND book_version = (
            SELECT max(version) FROM events
            WHERE event_type NOT IN (
                    'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
                )
                AND event_type IN ('BookCreated', 'TimeZoneChanged')
        )
        ORDER BY since DESC LIMIT 1
    ) AS date,
    account,
    version,
    (
        SELECT account_owners.owner FROM account_owners
        WHERE account_owners.stream_no = told.stream_no
        ORDER BY account_owners.version DESC LIMIT 1
    ) AS owner,
    CASE event_type
        WHEN 'AccountOpened' THEN 'opening'
        WHEN 'MoneyDeposited' THEN 'deposit'
        WHEN 'MoneyWithdrawn' THEN 'withdrawal'
        WHEN 'EntryReversed' THEN 'reversal'
        ELSE 'transfer'
    END AS kind,
    CASE
        WHEN amount_minor IS NULL OR decimals IS NULL THEN NULL
        WHEN decimals = 0 THEN CAST(amount_minor AS TEXT)
        ELSE substr(
                printf('%0*d', decimals + 1 + (amount_minor < 0), amount_minor),
                1,
                length(printf('%0*d', decimals + 1 + (amount_minor < 0), amount_minor)) - decimals
            ) || '.' || substr(printf('%0*d', decimals + 1, amount_minor), -decimals)
    END AS amount,
    CASE
        WHEN balance_minor IS NULL OR decimals IS NULL THEN NULL
        WHEN decimals = 0 THEN CAST(balance_minor AS TEXT)
        ELSE substr(
                printf('%0*d', decimals + 1 + (balance_minor < 0), balance_minor),
                1,
                length(printf('%0*d', decimals + 1 + (balance_minor < 0), balance_minor)) - decimals
            ) || '.' || substr(printf('%0*d', decimals + 1, balance_minor), -decimals)
    END AS balance,
    currency,
    coalesce(
        json_extract(coalesce(undone_data, data), '$.to_account'),
        json_extract(coalesce(undone_data, data), '$.from_account')
    ) AS counterparty,
    CASE
        WHEN typeof(words) = 'blob' THEN '(erased)'
        WHEN words_type = 'AccountOpened' THEN ''
        ELSE coalesce(words, json_extract(data, '$.description'), json_extract(data, '$.reason'), '')
    END AS description,
    coalesce(
        (
            SELECT json_extract(events.data, '$.tags') FROM events
            WHERE events.stream_no = told.stream_no AND events.version = told.tags_version
        ),
        json_extract(coalesce(undone_data, data), '$.tags'),
        '{}'
    ) AS tags,
    coalesce(
        (
            SELECT json_extract(events.data, '$.receipts') FROM events
            WHERE events.stream_no = told.stream_no AND events.version = told.receipts_version
        ),
        json_extract(data, '$.receipts'),
        '[]'
    ) AS receipts,
    json_extract(metadata, '$.actor') AS actor,
    reversed,
    reverses,
    reversed_by,
    strftime('%Y-%m-%dT%H:%M:%S', (effective_at - effective_fraction) / 1000000, 'unixepoch')
        || printf('.%06dZ', effective_fraction) AS effective_at,
    strftime('%Y-%m-%dT%H:%M:%S', (recorded_at - recorded_fraction) / 1000000, 'unixepoch')
        || printf('.%06dZ', recorded_fraction) AS recorded_at,
    amount_minor,
    balance_minor,
    decimals,
    json_extract(data, '$.transfer_id') AS transfer_id,
    backdated,
    typeof(words) = 'blob' AS erased,
    position
FROM told;

-- Every account that ever was, as it is now.
CREATE VIEW accounts AS
WITH sums AS (
    SELECT
        streams.stream_id AS account,
        streams.stream_no,
        sum(
            CASE
                WHEN event_type IN (
                    'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
                ) THEN 1
                WHEN event_type = 'EntryReversed' THEN -1
                ELSE 0
            END
        ) AS transaction_count,
        sum(
            CASE typeof(amount_minor)
                WHEN 'integer' THEN amount_minor >> 32
                WHEN 'null' THEN 0
                ELSE 1 << 40
            END
        ) AS high,
        sum(
            CASE typeof(amount_minor) WHEN 'integer' THEN amount_minor & 4294967295 ELSE 0 END
        ) AS low,
        max(effective_at) AS last_activity
    FROM streams CROSS JOIN event_amounts ON event_amounts.stream_no = streams.stream_no
    WHERE streams.aggregate_type = 'BankAccount'
    GROUP BY streams.stream_id
),
told AS (
    SELECT
        account,
        sums.stream_no,
        transaction_count,
        currency,
        decimals,
        opened_at,
        max(last_activity, (
            SELECT max(amended.opened_at) FROM account_openings AS amended
            WHERE amended.stream_no = sums.stream_no
        )) AS last_activity,
        CASE
            WHEN high + (initial_minor >> 32) + (low + (initial_minor & 4294967295) >> 32)
                BETWEEN -2147483648 AND 2147483647
            THEN (high + (initial_minor >> 32) + (low + (initial_minor & 4294967295) >> 32) << 32)
                | (low + (initial_minor & 4294967295) & 4294967295)
        END AS balance_minor,
        (
            SELECT CASE event_type WHEN 'AccountClosed' THEN effective_at END
            FROM events
            WHERE event_type NOT IN (
                    'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
                )
                AND event_type IN ('AccountClosed', 'AccountReopened')
                AND events.stream_no = sums.stream_no
            ORDER BY version DESC LIMIT 1
        ) AS closed_at,
        coalesce((
            SELECT json_extract(data, '$.overdraft_limit')
            FROM events
            WHERE event_type NOT IN (
                    'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
                )
                AND event_type IN ('AccountOpened', 'AccountAmended')
                AND json_type(data, '$.overdraft_limit') = 'integer'
                AND events.stream_no = sums.stream_no
            ORDER BY version DESC LIMIT 1
        ), 0) AS overdraft_minor
    FROM sums
    CROSS JOIN account_openings
        ON account_openings.stream_no = sums.stream_no
            AND account_openings.version = (
                SELECT max(amended.version) FROM account_openings AS amended
                WHERE amended.stream_no = sums.stream_no
            )
)
SELECT
    account,
    (
        SELECT account_owners.owner FROM account_owners
        WHERE account_owners.stream_no = told.stream_no
        ORDER BY account_owners.version DESC LIMIT 1
    ) AS owner,
    CASE
        WHEN balance_minor IS NULL OR decimals IS NULL THEN NULL
        WHEN decimals = 0 THEN CAST(balance_minor AS TEXT)
        ELSE substr(
                printf('%0*d', decimals + 1 + (balance_minor < 0), balance_minor),
                1,
                length(printf('%0*d', decimals + 1 + (balance_minor < 0), balance_minor)) - decimals
            ) || '.' || substr(printf('%0*d', decimals + 1, balance_minor), -decimals)
    END AS balance,
    currency,
    transaction_count,
    CASE WHEN closed_at IS NULL THEN 'active' ELSE 'closed' END AS status,
    strftime(
        '%Y-%m-%dT%H:%M:%S',
        (opened_at - ((opened_at % 1000000) + 1000000) % 1000000) / 1000000, 'unixepoch'
    ) || printf('.%06dZ', ((opened_at % 1000000) + 1000000) % 1000000) AS opened_at,
    strftime(
        '%Y-%m-%dT%H:%M:%S',
        (last_activity - ((last_activity % 1000000) + 1000000) % 1000000) / 1000000, 'unixepoch'
    ) || printf('.%06dZ', ((last_activity % 1000000) + 1000000) % 1000000) AS last_activity,
    strftime(
        '%Y-%m-%dT%H:%M:%S',
        (closed_at - ((closed_at % 1000000) + 1000000) % 1000000) / 1000000, 'unixepoch'
    ) || printf('.%06dZ', ((closed_at % 1000000) + 1000000) % 1000000) AS closed_at,
    CASE
        WHEN overdraft_minor = 9223372036854775807 THEN 'unlimited'
        WHEN decimals = 0 THEN CAST(overdraft_minor AS TEXT)
        ELSE substr(
                printf('%0*d', decimals + 1, overdraft_minor),
                1,
                length(printf('%0*d', decimals + 1, overdraft_minor)) - decimals
            ) || '.' || substr(printf('%0*d', decimals + 1, overdraft_minor), -decimals)
    END AS overdraft_limit,
    balance_minor,
    decimals
FROM told;
