"""How a ledger file becomes one whose oldest events are in an archive.

Most files never have an archive, and stay as they were made. The first archiving adds two tables,
which nobody but ledger changes (its own connections run no triggers), takes the references to
events from the keys, and makes views anew that would else begin at nothing: they begin with the
states that are kept. They differ from those of `schema.sql` in a few places alone, so they are made
from its text.
"""

from __future__ import annotations

import re
from typing import Final

from ledger.eventstore.sqlite.schema import ARCHIVED_VERSION, schema_script

_TABLES: Final = """
CREATE TABLE archive (
    to_position     INTEGER PRIMARY KEY,
    from_position   INTEGER NOT NULL UNIQUE CHECK (from_position <= to_position),
    previous_hash   BLOB    NOT NULL CHECK (length(previous_hash) = 32),
    hash            BLOB    NOT NULL CHECK (length(hash) = 32),
    recorded_at     INTEGER NOT NULL,
    file            TEXT    NOT NULL,
    folder          TEXT    NOT NULL,
    manifest_sha256 BLOB    NOT NULL CHECK (length(manifest_sha256) = 32)
) STRICT;

CREATE TABLE archived_streams (
    stream_no            INTEGER PRIMARY KEY REFERENCES streams (stream_no),
    version              INTEGER NOT NULL CHECK (version > 0),
    highest_effective_at INTEGER NOT NULL,
    last_recorded_at     INTEGER NOT NULL,
    state_version        INTEGER NOT NULL,
    state                TEXT    NOT NULL
) STRICT;

CREATE TRIGGER archive_is_never_added_to BEFORE INSERT ON archive
BEGIN SELECT RAISE (ABORT, 'only ledger archives: archive is never added to'); END;

CREATE TRIGGER archive_is_never_updated BEFORE UPDATE ON archive
BEGIN SELECT RAISE (ABORT, 'only ledger archives: archive is never updated'); END;

CREATE TRIGGER archive_is_never_deleted BEFORE DELETE ON archive
BEGIN SELECT RAISE (ABORT, 'only ledger archives: archive is never deleted'); END;

CREATE TRIGGER archived_streams_are_never_added_to BEFORE INSERT ON archived_streams
BEGIN SELECT RAISE (ABORT, 'only ledger archives: archived_streams are never added to'); END;

CREATE TRIGGER archived_streams_are_never_updated BEFORE UPDATE ON archived_streams
BEGIN SELECT RAISE (ABORT, 'only ledger archives: archived_streams are never updated'); END;

CREATE TRIGGER archived_streams_are_never_deleted BEFORE DELETE ON archived_streams
BEGIN SELECT RAISE (ABORT, 'only ledger archives: archived_streams are never deleted'); END;

CREATE TEMP TABLE kept_keys AS SELECT * FROM idempotency_keys;
DROP TABLE idempotency_keys;
CREATE TABLE idempotency_keys (
    key            TEXT    NOT NULL PRIMARY KEY,
    fingerprint    BLOB    NOT NULL,
    first_position INTEGER NOT NULL,
    last_position  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO idempotency_keys SELECT * FROM kept_keys;
DROP TABLE kept_keys;
"""

_OF_ARCHIVED: Final = (
    "(SELECT {} FROM archived_streams WHERE archived_streams.stream_no = {}.stream_no)"
)

_CHANGES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "account_openings": (
        (
            ";",
            """
UNION ALL
SELECT
    stream_no,
    1,
    json_extract(state, '$.opened_at'),
    json_extract(state, '$.currency'),
    json_extract(state, '$.decimals'),
    json_extract(state, '$.initial_balance')
FROM archived_streams;""",
        ),
    ),
    "account_owners": (
        (
            ";",
            """
UNION ALL
SELECT stream_no, 1, json_extract(state, '$.owner') FROM archived_streams;""",
        ),
    ),
    # Two rows stand for all that is archived of an account: its opening, and the rest as one sum,
    # which comes before everything. The first one has the last activity as its time, since the
    # time of an opening is looked up elsewhere.
    "event_amounts": (
        (
            ";",
            """
UNION ALL
SELECT NULL, stream_no, 1, 'AccountOpened', highest_effective_at, NULL FROM archived_streams
UNION ALL
SELECT
    NULL,
    stream_no,
    0,
    'Archived',
    NULL,
    json_extract(state, '$.balance') - json_extract(state, '$.initial_balance')
FROM archived_streams;""",
        ),
    ),
    "entries": (
        (
            "'EntryReversed'\n    )\n),\nsums AS",
            "'EntryReversed', 'Archived'\n    )\n),\nsums AS",
        ),
        # Where an archived entry was later, what was held before that is not known here.
        (
            "            WHEN high + (low >> 32) BETWEEN",
            "            WHEN sums.effective_at < "
            + _OF_ARCHIVED.format("highest_effective_at", "sums")
            + " THEN NULL\n            WHEN high + (low >> 32) BETWEEN",
        ),
        (
            "undone.version AS reverses,",
            "CASE entry.event_type WHEN 'EntryReversed' THEN json_extract(entry.data, "
            "'$.reverses') END AS reverses,",
        ),
        (
            "        '{}'\n    ) AS tags",
            "        CASE WHEN reverses IS NULL OR undone_data IS NOT NULL THEN '{}' END\n"
            "    ) AS tags",
        ),
    ),
    "accounts": (
        (
            "        ) AS transaction_count",
            "        ) + coalesce("
            + _OF_ARCHIVED.format("json_extract(state, '$.transaction_count')", "streams")
            + ", 0) AS transaction_count",
        ),
        (
            "(\n            SELECT CASE event_type WHEN 'AccountClosed' THEN effective_at END",
            "nullif(coalesce((\n"
            "            SELECT CASE event_type WHEN 'AccountClosed' THEN effective_at ELSE '' END",
        ),
        (
            "        ) AS closed_at,\n        coalesce((",
            "        ), "
            + _OF_ARCHIVED.format("json_extract(state, '$.closed_at')", "sums")
            + "), '') AS closed_at,\n        coalesce((",
        ),
        (
            "        ), 0) AS overdraft_minor",
            "        ), "
            + _OF_ARCHIVED.format("json_extract(state, '$.overdraft_limit')", "sums")
            + ", 0) AS overdraft_minor",
        ),
    ),
}
"""What is changed in each view: a text that stands in it once, and what takes its place."""


def archiving_script() -> str:
    """The statements that give a ledger file what an archive needs."""
    statements = {
        found[1]: found[0]
        for found in re.finditer(r"^CREATE VIEW (\w+) AS$.*?;$", schema_script(), re.M | re.S)
    }
    made = []
    for name, changes in _CHANGES.items():
        statement = statements[name]
        for old, new in changes:
            assert statement.count(old) == 1, (name, old)
            statement = statement.replace(old, new)
        made.append(f"DROP VIEW {name};\n{statement}")
    return "\n".join([_TABLES, *made, f"PRAGMA user_version = {ARCHIVED_VERSION};"])
