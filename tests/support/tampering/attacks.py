"""What somebody can do who has the ledger file and an SQLite shell, and knows how it is made.

Nothing of the product is used here: plain SQL, and the hash as `ledger help file` describes it. The
triggers are put aside for each attack. By hand::

    python -m tests.support.tampering.attacks books.db amount
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections.abc import Callable

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

LOOSELY = "PRAGMA ignore_check_constraints = ON"

statements("amount", set_data(4, "amount", "9000"))
statements("amount-of-a-transfer", set_data(7, "amount", "2001"))
statements("account-of-a-transfer", set_data(7, "from_account", "'j'"))
statements("description", set_event(4, "text = 'Bonus'"))
statements("description-of-a-transfer", set_event(6, "text = 'Gift'"))
statements("owner", set_event(3, "text = 'Bob Okafor'"))
statements("description-taken-out", set_event(4, "text = NULL, salt = NULL"))
statements("description-of-nothing", set_event(10, "text = 'Bonus', salt = randomblob(16)"))
statements("description-of-no-encoding", set_event(4, "text = CAST(x'ff' AS TEXT)"))
statements("salt", set_event(4, "salt = randomblob(16)"))
statements("salt-taken-out", LOOSELY, set_event(4, "salt = NULL"))
statements("salt-of-nothing", LOOSELY, set_event(10, "salt = randomblob(16)"))
statements("text-of-another-type", LOOSELY, set_event(4, "text = 5, salt = NULL"))
statements("digest-cut-short", LOOSELY, set_event(4, "text = zeroblob(31), salt = NULL"))
statements("time-zone", set_data(1, "time_zone", "'Asia/Tokyo'"))
statements("name-of-the-book", set_event(1, "text = 'Cash', salt = randomblob(16)"))
statements("book-of-another-ledger", set_data(1, "ledger_id", "'another'"))
statements("decimals", set_data(3, "decimals", "3"))
statements("currency", set_data(3, "currency", "'EUR'"))
statements("effective-time", set_event(5, f"effective_at = effective_at - {HOUR}"))
statements(
    "effective-time-before-others", set_event(10, f"effective_at = effective_at - {48 * HOUR}")
)
statements("recorded-time", set_event(10, f"recorded_at = recorded_at + {48 * HOUR}"))
statements("backdated-mark", set_event(8, "backdated = 0"))
statements("actor", set_event(14, "metadata = json_set(metadata, '$.actor', 'Mallory')"))
statements("key-in-the-log", set_event(14, "metadata = replace(metadata, 'k-3', 'k-4')"))
statements("hash", set_event(6, "hash = randomblob(32)"))
statements("version", set_event(15, "version = 7"))
statements("type", set_event(15, "event_type = 'MoneyWithdrawn'"))
statements("type-that-is-none", set_event(15, "event_type = 'MoneyMade'"))
statements("data-that-is-none", set_event(15, "data = '{'"))
statements("data-of-no-encoding", set_event(15, "data = CAST(x'7bff7d' AS TEXT)"))
statements("metadata-that-is-none", set_event(15, "metadata = 'none'"))
statements("schema-version", set_event(15, "schema_version = 9"))
statements("amount-below-zero", set_data(4, "amount", "-5000"))
statements(
    "swap-contents",
    "CREATE TEMP TABLE was AS SELECT data FROM events WHERE position = 14",
    "UPDATE events SET data = (SELECT data FROM events WHERE position = 10) WHERE position = 14",
    "UPDATE events SET data = (SELECT data FROM was) WHERE position = 10",
)
statements(
    "swap-places",
    set_event(14, "position = 99"),
    set_event(15, "position = 14"),
    set_event(99, "position = 15"),
)
statements("delete-from-the-middle", "DELETE FROM events WHERE position = 5")
statements("delete-two-from-the-middle", "DELETE FROM events WHERE position IN (9, 10)")
statements("delete-the-book", "DELETE FROM events WHERE position = 1")
statements("delete-the-first", "DELETE FROM events WHERE position = 2")
statements("delete-the-last", "DELETE FROM events WHERE position = 15")
statements(
    "delete-half-a-transfer",
    "DELETE FROM events WHERE position = 7",
    "DELETE FROM snapshots",
)
statements(
    "cut-off-the-tail",
    "DELETE FROM events WHERE position = 15",
    "DELETE FROM snapshots WHERE version = 6",
    "UPDATE sqlite_sequence SET seq = 14 WHERE name = 'events'",
    "UPDATE projections SET position = 14",
    "UPDATE account_balances SET balance = balance - 100, version = 5 WHERE account_id = 'a'",
    "UPDATE account_summaries SET balance = balance - 100, transaction_count = 4, last_activity = "
    "(SELECT max(effective_at) FROM events WHERE stream_no = 2) WHERE account_id = 'a'",
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
    "INSERT INTO events SELECT 16, stream_no, 7, event_type, schema_version, data, text, salt, "
    "metadata, effective_at, recorded_at, 0, randomblob(32) FROM events WHERE position = 15",
)
statements(
    "insert-before-the-first",
    "INSERT INTO events SELECT 0, stream_no, 7, event_type, schema_version, data, text, salt, "
    "metadata, effective_at, recorded_at, 0, hash FROM events WHERE position = 15",
)
statements("edit-a-balance", "UPDATE account_balances SET balance = 1 WHERE account_id = 'b'")
statements(
    "edit-a-summary", "UPDATE account_summaries SET owner = 'Mallory' WHERE account_id = 'b'"
)
statements("add-a-row", "INSERT INTO account_balances VALUES ('ghost', 5, 'USD', 1, 2, 5, 1)")
statements("remove-a-row", "DELETE FROM account_summaries WHERE account_id = 'c'")
statements("drop-a-projection", "DROP TABLE account_balances")
statements("checkpoint-ahead", "UPDATE projections SET position = 21 WHERE name LIKE '%balances'")
statements("checkpoint-back", "UPDATE projections SET position = 14 WHERE name LIKE '%balances'")
statements("no-checkpoint", "DELETE FROM projections WHERE name LIKE '%balances'")
statements(
    "state-of-a-snapshot",
    "UPDATE snapshots SET state = json_set(state, '$.balance', 1) WHERE stream_no = 3",
)
statements("time-of-a-snapshot", "UPDATE snapshots SET last_recorded_at = 5 WHERE stream_no = 3")
statements("version-of-a-snapshot", "UPDATE snapshots SET version = 8 WHERE stream_no = 3")
statements("snapshot-that-is-none", "UPDATE snapshots SET state = '[]' WHERE stream_no = 3")
statements(
    "fingerprint-of-a-key", "UPDATE idempotency_keys SET fingerprint = x'00' WHERE key = 'k-1'"
)
statements("events-of-a-key", "UPDATE idempotency_keys SET last_position = 8 WHERE key = 'k-2'")
statements("forget-a-key", "DELETE FROM idempotency_keys WHERE key = 'k-2'")
statements("add-a-key", "INSERT INTO idempotency_keys VALUES ('k-9', x'00', 10, 10)")
statements("rename-a-key", "UPDATE idempotency_keys SET key = 'k-9' WHERE key = 'k-3'")
statements("ledgers-id", "UPDATE ledger SET ledger_id = 'another'")


@by_program
def overdraw_with_a_right_chain(file: sqlite3.Connection) -> None:
    """A withdrawal that no rule allows, and everything else in order."""
    file.execute(
        "UPDATE events SET event_type = 'MoneyWithdrawn', "
        "data = json_set(data, '$.amount', 99999999) WHERE position = 15"
    )
    chain_again(file)
    _follow_with_what_is_derived(file, -99999999 - 100)


@by_program
def hide_a_text_with_a_right_chain(file: sqlite3.Connection) -> None:
    """A text in the data, where no erasure would reach it."""
    file.execute(
        "UPDATE events SET data = json_set(data, '$.description', 'Bonus') WHERE position = 15"
    )
    chain_again(file)


@by_program
def forge_from_the_middle_on(file: sqlite3.Connection) -> None:
    """Change an amount, recompute every hash from there on, and repair all that is derived."""
    file.execute(set_data(4, "amount", "9000"))
    chain_again(file)
    _follow_with_what_is_derived(file, 4000)


def with_a_right_chain(name: str, *sql: str) -> None:
    """An attack after which every hash follows from its event again."""

    def forge(file: sqlite3.Connection) -> None:
        for each in sql:
            assert file.execute(each).rowcount
        chain_again(file)

    ATTACKS[f"{name}-with-a-right-chain"] = forge


def set_tags(position: int, tags: dict[str, str]) -> str:
    return set_data(position, "tags", f"json('{json.dumps(tags)}')")


def set_receipts(position: int, *receipts: tuple[int, str]) -> str:
    members = [{"size": size, "sha256": digest} for size, digest in receipts]
    return set_data(position, "receipts", f"json('{json.dumps(members)}')")


def write_data(position: int, before: str, after: str) -> str:
    """Write a part of an event's data anew, as text: most of these are nothing that JSON has."""
    return set_event(position, f"data = replace(data, '{before}', '{after}')")


def add_to_the_book(kind: str, **data: object) -> tuple[str, str]:
    """An event of the book at the end of the log, as position 16."""
    return (
        "INSERT INTO events SELECT 16, stream_no, 2, "
        f"'{kind}', 1, '{json.dumps(data)}', NULL, NULL, metadata, "
        "(SELECT max(recorded_at) FROM events), (SELECT max(recorded_at) FROM events), 0, "
        "zeroblob(32) FROM events WHERE position = 1",
        "UPDATE projections SET position = 16",
    )


def rename_an_account(account: str, name: str) -> tuple[str, ...]:
    """Call an account without transfers otherwise, wherever its id stands."""
    quoted_name = name.replace("'", "''")
    return (
        f"UPDATE streams SET stream_id = '{quoted_name}' WHERE stream_id = '{account}'",
        f"UPDATE events SET data = json_set(data, '$.account_id', '{quoted_name}') "
        f"WHERE data ->> '$.account_id' = '{account}'",
        *(
            f"UPDATE {table} SET account_id = '{quoted_name}' WHERE account_id = '{account}'"
            for table in ("account_balances", "account_summaries")
        ),
        "DELETE FROM snapshots",
    )


A_DIGEST = "5e" * 32

with_a_right_chain("unknown-zone", set_data(1, "time_zone", "'Mars/Phobos'"))
with_a_right_chain(
    "change-to-an-unknown-zone", *add_to_the_book("TimeZoneChanged", time_zone="CET")
)
with_a_right_chain("correct-what-comes-later", *add_to_the_book("ClockCorrected", from_position=17))
with_a_right_chain("correct-itself", *add_to_the_book("ClockCorrected", from_position=16))
with_a_right_chain("account-that-is-an-option", *rename_an_account("c", "--help"))
with_a_right_chain("account-that-is-shell-code", *rename_an_account("c", "x$(touch pwned)"))
with_a_right_chain(
    "transfer-that-is-shell-code",
    set_data(6, "transfer_id", "'t;id'"),
    set_data(7, "transfer_id", "'t;id'"),
)
with_a_right_chain("tag-of-one-side", set_tags(6, {"category": "rent"}))
with_a_right_chain(
    "another-tag-on-the-other-side",
    set_tags(6, {"category": "rent"}),
    set_tags(7, {"category": "gift"}),
)
with_a_right_chain("receipt-of-one-side", set_receipts(7, (9, A_DIGEST)))
with_a_right_chain("tag-without-a-key", set_tags(15, {"": "rent"}))
with_a_right_chain("tag-of-two-lines", set_tags(15, {"category": "rent\nand more"}))
with_a_right_chain("long-tag", set_tags(15, {"category": "r" * 201}))
with_a_right_chain("tag-in-two-characters", set_tags(15, {"category": "cafe\u0301"}))
with_a_right_chain("many-tags", set_tags(15, {f"k{number}": "v" for number in range(21)}))
with_a_right_chain("receipt-of-less-than-nothing", set_receipts(15, (-1, A_DIGEST)))
with_a_right_chain("receipt-without-a-digest", set_receipts(15, (9, "none")))
with_a_right_chain("receipt-in-capitals", set_receipts(15, (9, A_DIGEST.upper())))
with_a_right_chain("receipt-twice", set_receipts(15, (9, A_DIGEST), (9, A_DIGEST)))

# What one reader takes for this, and another for that.
AMOUNT = '"amount":100,'
for name, written in {
    "amount-twice": '"amount":1,' + AMOUNT,
    "amount-twice-in-other-letters": '"amo\\u0075nt":1,' + AMOUNT,
    "tag-twice": AMOUNT + '"tags":{"fee":"1","fee":"2"},',
    "amount-with-decimals": '"amount":100.0,',
    "amount-with-an-exponent": '"amount":1e2,',
    "amount-with-a-leading-zero": '"amount":0100,',
    "amount-that-is-no-number": '"amount":NaN,',
    "half-a-character": AMOUNT + '"tags":{"fee":"\\ud83d"},',
}.items():
    with_a_right_chain(name, write_data(15, AMOUNT, written))
with_a_right_chain("byte-order-mark", set_event(15, "data = char(0xFEFF) || data"))
with_a_right_chain("blanks-around-it", set_event(15, "data = ' ' || data || ' '"))
with_a_right_chain(
    "a-line-end-after-the-metadata", set_event(15, "metadata = metadata || char(10)")
)
with_a_right_chain("two-of-it", set_event(15, "data = data || '{}'"))
with_a_right_chain(
    "actor-twice", set_event(15, "metadata = replace(metadata, '{', '{\"actor\":\"Mallory\",')")
)
with_a_right_chain(
    "request-with-an-amount-twice",
    set_event(15, 'metadata = rtrim(metadata, \'}\') || \',"request":{"a":"1","a":"2"}}\''),
)


def _follow_with_what_is_derived(file: sqlite3.Connection, difference: int) -> None:
    for table in ("account_balances", "account_summaries"):
        file.execute(f"UPDATE {table} SET balance = balance + {difference} WHERE account_id = 'a'")
    file.execute("DELETE FROM snapshots")


def chain_again(file: sqlite3.Connection) -> None:
    """The ten lines of `ledger help file`, writing instead of comparing."""
    (ledger_id,) = file.execute("SELECT ledger_id FROM ledger").fetchone()
    previous = hashlib.sha256(ledger_id.encode()).digest()
    rows = file.execute(
        "SELECT position, version, schema_version, effective_at, recorded_at, backdated, "
        "stream_id, aggregate_type, event_type, data, metadata, text, salt "
        "FROM events JOIN streams USING (stream_no) ORDER BY position"
    ).fetchall()
    for *numbers, stream, aggregate, kind, data, metadata, text, salt in rows:
        texts = [each.encode() for each in (stream, aggregate, kind, data, metadata)]
        digest = hashlib.sha256(salt + text.encode()).digest() if salt else text or b""
        line = " ".join(map(str, [*numbers, len(digest), *map(len, texts)])) + "\n"
        previous = hashlib.sha256(previous + line.encode() + b"".join(texts) + digest).digest()
        file.execute("UPDATE events SET hash = ? WHERE position = ?", (previous, numbers[0]))


REPLACE = (
    "REPLACE INTO events SELECT position, stream_no, version, event_type, schema_version, data, "
    "'Bonus', salt, metadata, effective_at, recorded_at, backdated, hash FROM events "
    "WHERE position = 4"
)
"""Deletes the old row without asking the trigger for deletions."""


if __name__ == "__main__":
    attack(*sys.argv[1:])
