"""What somebody can do who has the ledger file and an SQLite shell, and knows how it is made.

Nothing of the product is used here: plain SQL, and the hash as the README describes it. The
triggers are put aside for each attack. By hand::

    python -m tests.support.tampering.attacks books.db amount
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing

from tests.support.log_editing import triggers_put_aside

Attack = Callable[[sqlite3.Connection], object]

ATTACKS: dict[str, Attack] = {}


def attack(path: str, name: str) -> None:
    """Carry out one attack, and leave no other trace."""
    with triggers_put_aside(path) as file:
        ATTACKS[name](file)


def statements(name: str, *sql: str) -> None:
    ATTACKS[name] = lambda file: [file.execute(each) for each in sql]


def by_program(function: Attack) -> Attack:
    ATTACKS[function.__name__.replace("_", "-")] = function
    return function


def set_event(position: int, change: str) -> str:
    return f"UPDATE events SET {change} WHERE position = {position}"


def set_data(position: int, field: str, value: str) -> str:
    return set_event(position, f"data = json_set(data, '$.{field}', {value})")


HOUR = 3_600_000_000

statements("amount", set_data(3, "amount", "9000"))
statements("amount-of-a-transfer", set_data(6, "amount", "2001"))
statements("account-of-a-transfer", set_data(6, "from_account", "'j'"))
statements("description", set_data(3, "description", "'Bonus'"))
statements("description-of-a-transfer", set_data(5, "description", "'Gift'"))
statements("owner", set_data(2, "owner", "'Bob Okafor'"))
statements("currency", set_data(2, "currency", "'EUR'"))
statements("effective-time", set_event(4, f"effective_at = effective_at - {HOUR}"))
statements(
    "effective-time-before-others", set_event(9, f"effective_at = effective_at - {48 * HOUR}")
)
statements("recorded-time", set_event(9, f"recorded_at = recorded_at + {48 * HOUR}"))
statements("backdated-mark", set_event(7, "backdated = 0"))
statements("actor", set_event(13, "metadata = json_set(metadata, '$.actor', 'Mallory')"))
statements("key-in-the-log", set_event(13, "metadata = replace(metadata, 'k-3', 'k-4')"))
statements("hash", set_event(5, "hash = randomblob(32)"))
statements("version", set_event(14, "version = 7"))
statements("type", set_event(14, "event_type = 'MoneyWithdrawn'"))
statements("type-that-is-none", set_event(14, "event_type = 'MoneyMade'"))
statements("data-that-is-none", set_event(14, "data = '{'"))
statements("data-of-no-encoding", set_event(14, "data = CAST(x'7bff7d' AS TEXT)"))
statements("metadata-that-is-none", set_event(14, "metadata = 'none'"))
statements("schema-version", set_event(14, "schema_version = 9"))
statements("amount-below-zero", set_data(3, "amount", "-5000"))
statements(
    "swap-contents",
    "CREATE TEMP TABLE was AS SELECT data FROM events WHERE position = 13",
    "UPDATE events SET data = (SELECT data FROM events WHERE position = 9) WHERE position = 13",
    "UPDATE events SET data = (SELECT data FROM was) WHERE position = 9",
)
statements(
    "swap-places",
    set_event(13, "position = 99"),
    set_event(14, "position = 13"),
    set_event(99, "position = 14"),
)
statements("delete-from-the-middle", "DELETE FROM events WHERE position = 4")
statements("delete-two-from-the-middle", "DELETE FROM events WHERE position IN (8, 9)")
statements("delete-the-first", "DELETE FROM events WHERE position = 1")
statements("delete-the-last", "DELETE FROM events WHERE position = 14")
statements(
    "delete-half-a-transfer",
    "DELETE FROM events WHERE position = 6",
    "DELETE FROM snapshots",
)
statements(
    "cut-off-the-tail",
    "DELETE FROM events WHERE position = 14",
    "DELETE FROM snapshots WHERE version = 6",
    "UPDATE sqlite_sequence SET seq = 13 WHERE name = 'events'",
    "UPDATE projections SET position = 13",
    "UPDATE account_balances SET balance = balance - 100, version = 5 WHERE account_id = 'a'",
    "UPDATE account_summaries SET balance = balance - 100, transaction_count = 4, last_activity = "
    "(SELECT max(effective_at) FROM events WHERE stream_no = 1) WHERE account_id = 'a'",
)
statements(
    "delete-a-stream",
    "DELETE FROM events WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id = 'c')",
    "DELETE FROM streams WHERE stream_id = 'c'",
)
statements(
    "delete-a-streams-events",
    "DELETE FROM events WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id = 'c')",
)
statements("delete-a-streams-name", "DELETE FROM streams WHERE stream_id = 'c'")
statements("rename-a-stream", "UPDATE streams SET stream_id = 'd' WHERE stream_id = 'c'")
statements("add-a-stream", "INSERT INTO streams VALUES (99, 'ghost', 'BankAccount')")
statements("type-of-a-stream", "UPDATE streams SET aggregate_type = 'Piggy' WHERE stream_id = 'c'")
statements(
    "insert",
    "INSERT INTO events SELECT 15, stream_no, 7, event_type, schema_version, data, metadata, "
    "effective_at, recorded_at, 0, randomblob(32) FROM events WHERE position = 14",
)
statements(
    "insert-before-the-first",
    "INSERT INTO events SELECT 0, stream_no, 7, event_type, schema_version, data, metadata, "
    "effective_at, recorded_at, 0, hash FROM events WHERE position = 14",
)
statements("edit-a-balance", "UPDATE account_balances SET balance = 1 WHERE account_id = 'b'")
statements(
    "edit-a-summary", "UPDATE account_summaries SET owner = 'Mallory' WHERE account_id = 'b'"
)
statements("add-a-row", "INSERT INTO account_balances VALUES ('ghost', 5, 'USD', 1)")
statements("remove-a-row", "DELETE FROM account_summaries WHERE account_id = 'c'")
statements("drop-a-projection", "DROP TABLE account_balances")
statements("checkpoint-ahead", "UPDATE projections SET position = 20 WHERE name LIKE '%balances'")
statements("checkpoint-back", "UPDATE projections SET position = 13 WHERE name LIKE '%balances'")
statements("no-checkpoint", "DELETE FROM projections WHERE name LIKE '%balances'")
statements(
    "state-of-a-snapshot",
    "UPDATE snapshots SET state = json_set(state, '$.balance', 1) WHERE stream_no = 2",
)
statements("time-of-a-snapshot", "UPDATE snapshots SET last_recorded_at = 5 WHERE stream_no = 2")
statements("version-of-a-snapshot", "UPDATE snapshots SET version = 8 WHERE stream_no = 2")
statements("snapshot-that-is-none", "UPDATE snapshots SET state = '[]' WHERE stream_no = 2")
statements(
    "fingerprint-of-a-key", "UPDATE idempotency_keys SET fingerprint = x'00' WHERE key = 'k-1'"
)
statements("events-of-a-key", "UPDATE idempotency_keys SET last_position = 7 WHERE key = 'k-2'")
statements("forget-a-key", "DELETE FROM idempotency_keys WHERE key = 'k-2'")
statements("add-a-key", "INSERT INTO idempotency_keys VALUES ('k-9', x'00', 9, 9)")
statements("rename-a-key", "UPDATE idempotency_keys SET key = 'k-9' WHERE key = 'k-3'")
statements("ledgers-id", "UPDATE ledger SET ledger_id = 'another'")


@by_program
def overdraw_with_a_right_chain(file: sqlite3.Connection) -> None:
    """A withdrawal that no rule allows, and everything else in order."""
    file.execute(
        "UPDATE events SET event_type = 'MoneyWithdrawn', "
        "data = json_set(data, '$.amount', 99999999) WHERE position = 14"
    )
    _chain_again(file)
    _follow_with_what_is_derived(file, -99999999 - 100)


@by_program
def forge_from_the_middle_on(file: sqlite3.Connection) -> None:
    """Change an amount, recompute every hash from there on, and repair all that is derived."""
    file.execute(set_data(3, "amount", "9000"))
    _chain_again(file)
    _follow_with_what_is_derived(file, 4000)


def _follow_with_what_is_derived(file: sqlite3.Connection, difference: int) -> None:
    for table in ("account_balances", "account_summaries"):
        file.execute(f"UPDATE {table} SET balance = balance + {difference} WHERE account_id = 'a'")
    file.execute("DELETE FROM snapshots")


def _chain_again(file: sqlite3.Connection) -> None:
    """The ten lines of the README, writing instead of comparing."""
    (ledger_id,) = file.execute("SELECT ledger_id FROM ledger").fetchone()
    previous = hashlib.sha256(ledger_id.encode()).digest()
    rows = file.execute(
        "SELECT position, version, schema_version, effective_at, recorded_at, backdated, "
        "stream_id, aggregate_type, event_type, data, metadata "
        "FROM events JOIN streams USING (stream_no) ORDER BY position"
    ).fetchall()
    for *numbers, stream, aggregate, kind, data, metadata in rows:
        texts = [text.encode() for text in (stream, aggregate, kind, data, metadata)]
        line = " ".join(map(str, [*numbers, *map(len, texts)])) + "\n"
        previous = hashlib.sha256(previous + line.encode() + b"".join(texts)).digest()
        file.execute("UPDATE events SET hash = ? WHERE position = ?", (previous, numbers[0]))


def replace_an_event(path: str) -> None:
    """SQLite's REPLACE deletes the old row without asking any trigger, so none is taken away."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(
            "REPLACE INTO events SELECT position, stream_no, version, event_type, schema_version, "
            "json_set(data, '$.description', 'Bonus'), metadata, effective_at, recorded_at, "
            "backdated, hash FROM events WHERE position = 3"
        )


if __name__ == "__main__":
    attack(*sys.argv[1:])
