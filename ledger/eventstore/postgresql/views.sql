-- The log, its accounts and entries, for people with any PostgreSQL client: the same views as in a
-- ledger file. They are made of the log alone, and begin with what is kept of what was archived, so
-- they are never behind it. What SQL cannot tell is
-- NULL. Events of older schema versions are read as they were written.

CREATE INDEX events_beside_movements ON events (event_type, stream_no, version)
WHERE event_type NOT IN ('MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived');

-- A whole number of 64 bits in an object; NULL where it is something else.
CREATE FUNCTION json_whole(text, text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN (json_of($1) ->> $2) ~ '^-?[0-9]{1,18}$' THEN (json_of($1) ->> $2)::bigint
        WHEN (json_of($1) ->> $2) ~ '^-?[0-9]{19}$' THEN
            CASE WHEN (json_of($1) ->> $2)::numeric
                BETWEEN -9223372036854775808 AND 9223372036854775807
            THEN (json_of($1) ->> $2)::bigint END
    END
$$;

-- A text as it was before it was stored (see texts.py); NUL, which cannot be in one here, as U+2400.
CREATE FUNCTION plain_text(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN strpos($1, chr(1)) = 0 THEN $1
        ELSE replace(replace($1, chr(1) || chr(2), chr(9216)), chr(1) || chr(3), chr(1))
    END
$$;

-- Minor units as a decimal text.
CREATE FUNCTION minor_text(bigint, bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN $2 = 0 THEN $1::text
        ELSE CASE WHEN $1 < 0 THEN '-' ELSE '' END || left(digits, -$2::integer) || '.'
            || right(digits, $2::integer)
    END
    FROM (
        SELECT repeat('0', greatest(0, $2::integer + 1 - length(abs($1::numeric)::text)))
            || abs($1::numeric)::text AS digits
    ) AS shown
$$;

-- How many days lie between 1970-01-01 and an instant in µs.
CREATE FUNCTION day_number(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ($1 - (($1 % 86400000000) + 86400000000) % 86400000000) / 86400000000
$$;

-- An instant in µs UTC as ISO 8601 has it.
CREATE FUNCTION instant_text(bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(
        timestamp '1970-01-01'
            + day_number($1)::integer * interval '1 day'
            + (($1 % 86400000000) + 86400000000) % 86400000000 * interval '1 microsecond',
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
    )
$$;

CREATE VIEW event_log AS
SELECT
    position,
    substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-8' || substr(h, 14, 3) || '-'
        || substr('89ab', 1 + (get_byte(hash, 8) >> 4 & 3), 1)
        || substr(h, 18, 3) || '-' || substr(h, 21, 12) AS event_id,
    account_id,
    aggregate_type,
    version,
    event_type,
    schema_version,
    data,
    text,
    erased,
    metadata,
    instant_text(effective_at) AS effective_at,
    instant_text(recorded_at) AS recorded_at,
    backdated,
    h AS hash
FROM (
    SELECT
        position,
        streams.stream_id AS account_id,
        streams.aggregate_type,
        version,
        event_type,
        schema_version,
        data,
        plain_text(text) AS text,
        (digest IS NOT NULL)::integer AS erased,
        metadata,
        effective_at,
        recorded_at,
        backdated::integer AS backdated,
        hash,
        encode(hash, 'hex') AS h
    FROM events JOIN streams USING (stream_no)
) AS told;

-- Amounts that were written as decimals, in minor units, rounded half to even; and the decimals of
-- currencies that were not written down.
CREATE VIEW older_amounts AS
SELECT
    position,
    decimals,
    CASE
        WHEN schema_version > 3 THEN whole_number
        WHEN abs(exact) < 9223372036854775807.5 THEN
            (floor(exact) + CASE
                WHEN exact - floor(exact) > 0.5
                    OR (exact - floor(exact) = 0.5 AND floor(exact) % 2 <> 0)
                THEN 1 ELSE 0
            END)::bigint
    END AS amount_minor
FROM (
    SELECT
        position,
        schema_version,
        whole_number,
        decimals,
        CASE
            WHEN number ~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]{1,3})?$'
            THEN number::numeric
                * CASE decimals WHEN 0 THEN 1 WHEN 2 THEN 100 WHEN 3 THEN 1000 ELSE 10000 END
        END AS exact
    FROM (
        SELECT
            position,
            schema_version,
            coalesce(json_whole(data, 'initial_balance'), 0) AS whole_number,
            coalesce(
                nullif((json_of(data) -> 'amount')::text, 'null'),
                nullif((json_of(data) -> 'initial_balance')::text, 'null'),
                '0'
            ) AS number,
            CASE
                WHEN json_of(data) ->> 'currency' IN (
                    'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
                    'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'
                ) THEN 0
                WHEN json_of(data) ->> 'currency' IN (
                    'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'
                ) THEN 3
                WHEN json_of(data) ->> 'currency' IN ('CLF', 'UYW') THEN 4
                ELSE 2
            END AS decimals
        FROM events
        WHERE (event_type = 'AccountOpened' AND schema_version < 5)
            OR (event_type IN ('MoneyDeposited', 'MoneyWithdrawn') AND schema_version = 1)
    ) AS written
) AS exactly;

-- Each account's opening, and each that took its place.
CREATE VIEW account_openings AS
SELECT
    stream_no,
    version,
    coalesce(json_whole(data, 'opened_at'), effective_at) AS opened_at,
    coalesce(json_of(data) ->> 'currency', 'USD') AS currency,
    CASE
        WHEN event_type = 'AccountOpened' AND schema_version < 5
        THEN (SELECT decimals FROM older_amounts WHERE older_amounts.position = events.position)
        ELSE json_whole(data, 'decimals')
    END AS decimals,
    CASE
        WHEN event_type = 'AccountOpened' AND schema_version < 5
        THEN (SELECT amount_minor FROM older_amounts WHERE older_amounts.position = events.position)
        ELSE json_whole(data, 'initial_balance')
    END AS initial_minor
FROM events
WHERE event_type NOT IN ('MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived')
    AND event_type IN ('AccountOpened', 'OpeningAmended')
UNION ALL
SELECT
    stream_no,
    1,
    json_whole(state, 'opened_at'),
    json_of(state) ->> 'currency',
    json_whole(state, 'decimals'),
    json_whole(state, 'initial_balance')
FROM archived_streams;

-- Each owner that an account was given.
CREATE VIEW account_owners AS
SELECT
    stream_no,
    version,
    CASE
        WHEN event_type = 'PersonalDataErased' OR digest IS NOT NULL THEN '(erased)'
        ELSE coalesce(plain_text(text), json_of(data) ->> 'owner', json_of(data) ->> 'name', 'Unknown')
    END AS owner
FROM events
WHERE event_type NOT IN ('MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived')
    AND event_type IN ('AccountOpened', 'AccountAmended', 'PersonalDataErased')
    AND (event_type <> 'AccountAmended' OR text IS NOT NULL OR digest IS NOT NULL)
UNION ALL
SELECT stream_no, 1, json_of(state) ->> 'owner' FROM archived_streams;

-- What each event adds to its account, but for openings. Two rows stand for all that is archived of an
-- account: its opening, and the rest as one sum, which comes before everything. The first one has the
-- last activity as its time, since the time of an opening is looked up elsewhere.
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
        ELSE json_whole(data, 'amount')
    END AS amount_minor
FROM events
UNION ALL
SELECT NULL, stream_no, 1, 'AccountOpened', highest_effective_at, NULL FROM archived_streams
UNION ALL
SELECT
    NULL,
    stream_no,
    0,
    'Archived',
    NULL,
    json_whole(state, 'balance') - json_whole(state, 'initial_balance')
FROM archived_streams;

-- All that moved money, in each account in the order in which it happened, as it is known now.
-- An entry and its reversal at the same moment are `reversed`, and cancel each other out.
CREATE VIEW entries AS
WITH reversals AS MATERIALIZED (
    SELECT stream_no, json_whole(data, 'reverses') AS reverses, version, effective_at
    FROM events
    WHERE event_type NOT IN (
            'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
        )
        AND event_type = 'EntryReversed'
),
amendments AS MATERIALIZED (
    SELECT
        stream_no,
        json_whole(data, 'amends') AS amends,
        max(version) FILTER (WHERE text IS NOT NULL OR digest IS NOT NULL) AS describes,
        max(version) FILTER (WHERE json_typeof(json_of(data) -> 'tags') = 'object') AS tags,
        max(version) FILTER (WHERE json_typeof(json_of(data) -> 'receipts') = 'array') AS receives
    FROM events
    WHERE event_type NOT IN (
            'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
        )
        AND event_type = 'EntryAmended'
    GROUP BY 1, 2
),
latest_openings AS MATERIALIZED (
    SELECT DISTINCT ON (stream_no) * FROM account_openings ORDER BY stream_no, version DESC
),
owners AS MATERIALIZED (
    SELECT DISTINCT ON (stream_no) * FROM account_owners ORDER BY stream_no, version DESC
),
amounts AS (
    SELECT
        streams.stream_id AS account,
        event_amounts.stream_no,
        event_amounts.version,
        position,
        CASE event_amounts.version WHEN 1 THEN opened_at ELSE effective_at END AS effective_at,
        CASE event_amounts.version WHEN 1 THEN initial_minor ELSE amount_minor END AS amount_minor
    FROM streams
    JOIN event_amounts ON event_amounts.stream_no = streams.stream_no
    LEFT JOIN latest_openings ON latest_openings.stream_no = streams.stream_no
    WHERE event_type IN (
        'AccountOpened', 'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived',
        'EntryReversed', 'Archived'
    )
),
sums AS (
    SELECT
        *,
        CASE WHEN NOT bool_or(amount_minor IS NULL) OVER so_far
            THEN sum(amount_minor) OVER so_far
        END AS balance
    FROM amounts
    WINDOW so_far AS (
        PARTITION BY account ORDER BY effective_at NULLS FIRST, version ROWS UNBOUNDED PRECEDING
    )
),
told AS (
    SELECT
        sums.*,
        -- Where an archived entry was later, what was held before that is not known here.
        CASE WHEN sums.effective_at < (
                SELECT highest_effective_at FROM archived_streams
                WHERE archived_streams.stream_no = sums.stream_no
            ) THEN NULL
            WHEN balance BETWEEN -9223372036854775808 AND 9223372036854775807
            THEN balance::bigint
        END AS balance_minor,
        entry.event_type,
        entry.data,
        entry.metadata,
        entry.recorded_at,
        entry.backdated,
        opening.currency,
        opening.decimals,
        CASE entry.event_type WHEN 'EntryReversed'
            THEN json_whole(entry.data, 'reverses')
        END AS reverses,
        undone.data AS undone_data,
        reversals.version AS reversed_by,
        coalesce(reversals.effective_at, undone.effective_at) IS NOT DISTINCT FROM
            sums.effective_at AS reversed,
        amendments.tags AS tags_version,
        CASE WHEN undone.version IS NULL THEN amendments.receives END AS receipts_version,
        words.event_type AS words_type,
        plain_text(words.text) AS words,
        words.digest IS NOT NULL AS erased
    FROM sums
    JOIN events AS entry ON entry.position = sums.position
    CROSS JOIN LATERAL (
        SELECT currency, decimals FROM account_openings AS amended
        WHERE amended.stream_no = sums.stream_no
            AND (sums.version = 1 OR amended.version < sums.version)
        ORDER BY amended.version DESC LIMIT 1
    ) AS opening
    LEFT JOIN reversals
        ON reversals.stream_no = sums.stream_no AND reversals.reverses = sums.version
    LEFT JOIN events AS undone
        ON entry.event_type = 'EntryReversed'
            AND undone.stream_no = sums.stream_no
            AND undone.version = json_whole(entry.data, 'reverses')
    LEFT JOIN amendments
        ON amendments.stream_no = sums.stream_no
            AND amendments.amends = coalesce(undone.version, sums.version)
    LEFT JOIN events AS words
        ON words.stream_no = sums.stream_no
            AND words.version = CASE
                WHEN undone.version IS NULL THEN coalesce(amendments.describes, sums.version)
                ELSE sums.version
            END
    WHERE sums.version > 1 OR sums.amount_minor IS DISTINCT FROM 0
)
SELECT
    (
        SELECT CASE WHEN utc_offset IS NOT NULL THEN (date '1970-01-01' + least(
            greatest(day_number(told.effective_at + utc_offset), earliest_day), 2932896
        )::integer)::text END
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
    told.version,
    owners.owner,
    CASE event_type
        WHEN 'AccountOpened' THEN 'opening'
        WHEN 'MoneyDeposited' THEN 'deposit'
        WHEN 'MoneyWithdrawn' THEN 'withdrawal'
        WHEN 'EntryReversed' THEN 'reversal'
        ELSE 'transfer'
    END AS kind,
    minor_text(amount_minor, decimals) AS amount,
    minor_text(balance_minor, decimals) AS balance,
    currency,
    coalesce(
        json_of(coalesce(undone_data, data)) ->> 'to_account',
        json_of(coalesce(undone_data, data)) ->> 'from_account'
    ) AS counterparty,
    CASE
        WHEN erased THEN '(erased)'
        WHEN words_type = 'AccountOpened' THEN ''
        ELSE coalesce(words, json_of(data) ->> 'description', json_of(data) ->> 'reason', '')
    END AS description,
    coalesce(
        (
            SELECT json_of(events.data) ->> 'tags' FROM events
            WHERE events.stream_no = told.stream_no AND events.version = told.tags_version
        ),
        json_of(coalesce(undone_data, data)) ->> 'tags',
        CASE WHEN reverses IS NULL OR undone_data IS NOT NULL THEN '{}' END
    ) AS tags,
    coalesce(
        (
            SELECT json_of(events.data) ->> 'receipts' FROM events
            WHERE events.stream_no = told.stream_no AND events.version = told.receipts_version
        ),
        json_of(data) ->> 'receipts',
        '[]'
    ) AS receipts,
    json_of(metadata) ->> 'actor' AS actor,
    reversed::integer AS reversed,
    reverses,
    reversed_by,
    instant_text(effective_at) AS effective_at,
    instant_text(recorded_at) AS recorded_at,
    amount_minor,
    balance_minor,
    decimals,
    json_of(data) ->> 'transfer_id' AS transfer_id,
    backdated::integer AS backdated,
    erased::integer AS erased,
    position
FROM told
LEFT JOIN owners ON owners.stream_no = told.stream_no;

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
        ) + coalesce((
            SELECT json_whole(state, 'transaction_count') FROM archived_streams
            WHERE archived_streams.stream_no = streams.stream_no
        ), 0) AS transaction_count,
        coalesce(sum(amount_minor), 0) AS amount,
        max(effective_at) AS last_activity
    FROM streams JOIN event_amounts ON event_amounts.stream_no = streams.stream_no
    WHERE streams.aggregate_type = 'BankAccount'
    GROUP BY streams.stream_id, streams.stream_no
),
told AS (
    SELECT
        account,
        sums.stream_no,
        transaction_count,
        currency,
        decimals,
        opened_at,
        greatest(last_activity, (
            SELECT max(amended.opened_at) FROM account_openings AS amended
            WHERE amended.stream_no = sums.stream_no
        )) AS last_activity,
        CASE WHEN amount + initial_minor BETWEEN -9223372036854775808 AND 9223372036854775807
            THEN (amount + initial_minor)::bigint
        END AS balance_minor,
        (
            SELECT CASE event_type WHEN 'AccountReopened' THEN NULL ELSE closed_at END
            FROM (
                SELECT version, event_type, effective_at AS closed_at
                FROM events
                WHERE event_type NOT IN (
                        'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
                    )
                    AND event_type IN ('AccountClosed', 'AccountReopened')
                    AND events.stream_no = sums.stream_no
                UNION ALL
                SELECT version, 'Archived', json_whole(state, 'closed_at')
                FROM archived_streams
                WHERE archived_streams.stream_no = sums.stream_no
            ) AS ends
            ORDER BY version DESC LIMIT 1
        ) AS closed_at,
        coalesce((
            SELECT json_whole(data, 'overdraft_limit')
            FROM events
            WHERE event_type NOT IN (
                    'MoneyDeposited', 'MoneyWithdrawn', 'TransferSent', 'TransferReceived'
                )
                AND event_type IN ('AccountOpened', 'AccountAmended')
                AND json_whole(data, 'overdraft_limit') IS NOT NULL
                AND events.stream_no = sums.stream_no
            ORDER BY version DESC LIMIT 1
        ), (
            SELECT json_whole(state, 'overdraft_limit') FROM archived_streams
            WHERE archived_streams.stream_no = sums.stream_no
        ), 0) AS overdraft_minor
    FROM sums
    CROSS JOIN LATERAL (
        SELECT * FROM account_openings AS amended
        WHERE amended.stream_no = sums.stream_no
        ORDER BY amended.version DESC LIMIT 1
    ) AS opening
)
SELECT
    account,
    (
        SELECT account_owners.owner FROM account_owners
        WHERE account_owners.stream_no = told.stream_no
        ORDER BY account_owners.version DESC LIMIT 1
    ) AS owner,
    minor_text(balance_minor, decimals) AS balance,
    currency,
    transaction_count,
    CASE WHEN closed_at IS NULL THEN 'active' ELSE 'closed' END AS status,
    instant_text(opened_at) AS opened_at,
    instant_text(last_activity) AS last_activity,
    instant_text(closed_at) AS closed_at,
    CASE
        WHEN overdraft_minor = 9223372036854775807 THEN 'unlimited'
        ELSE minor_text(overdraft_minor, decimals)
    END AS overdraft_limit,
    balance_minor,
    decimals
FROM told;
