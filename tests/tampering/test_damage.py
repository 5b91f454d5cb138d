"""A damaged file is verified as far as it can be read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import DamagedLedger
from tests.support.program import Run
from tests.tampering.test_attacks import places, verified


def run_sql(path: str, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for statement in statements:
            file.execute(statement)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("trigger", "events_are_never_updated"),
        ("trigger", "events_are_never_deleted"),
        ("trigger", "events_are_never_replaced"),
        ("trigger", "streams_are_never_updated"),
        ("trigger", "streams_are_never_deleted"),
        ("trigger", "streams_are_never_replaced"),
        ("view", "event_log"),
        ("index", "snapshots_by_effective_time"),
    ],
)
def test_what_is_missing_from_the_schema_is_named(
    kind: str, name: str, path: str, run: Run
) -> None:
    run_sql(path, f"DROP {kind} {name}")

    with pytest.raises(DamagedLedger):
        Ledger.open(path, create=False)
    found = verified(path)
    assert [each.message for each in found.findings] == [f"the {kind} {name} is missing"]
    assert found.events == 15
    assert run("verify").status == 6


def test_a_missing_table_is_named_and_the_rest_is_verified(path: str) -> None:
    run_sql(path, "DROP TABLE snapshots", "UPDATE account_balances SET balance = 5")

    found = verified(path)
    messages = [each.message for each in found.findings if each.check == "medium"]
    assert "the table snapshots is missing" in messages
    assert {each.check for each in found.findings} == {"medium", "snapshot", "projection"}
    assert (found.events, found.idempotency_keys) == (15, 3)


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            [
                "DROP TRIGGER events_are_never_updated",
                "CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events "
                "BEGIN SELECT 1; END",
            ],
            "the trigger events_are_never_updated differs from the one that ledger makes",
        ),
        (
            ["CREATE TRIGGER sly AFTER INSERT ON events BEGIN DELETE FROM snapshots; END"],
            "the trigger sly was not made by ledger",
        ),
    ],
)
def test_a_trigger_that_is_not_the_ledgers_is_named(
    statements: list[str], message: str, path: str
) -> None:
    run_sql(path, *statements)

    assert [each.message for each in verified(path).findings] == [message]


def test_what_analyze_leaves_is_no_finding(path: str) -> None:
    run_sql(path, "ANALYZE")

    assert verified(path).clean
    with Ledger.open(path, create=False) as ledger:
        ledger.deposit("a", "1")


def test_a_removed_uniqueness_is_found(path: str) -> None:
    run_sql(
        path,
        "PRAGMA writable_schema = ON",
        "DELETE FROM sqlite_schema WHERE name = 'sqlite_autoindex_events_1'",
    )

    assert "medium" in {each.check for each in verified(path).findings}


@pytest.mark.parametrize("page_of", ["events", "snapshots", "account_balances", "idempotency_keys"])
@pytest.mark.usefixtures("forked_workers")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_page_of_garbage_is_found_and_the_rest_verified(
    page_of: str, workers: int, path: str
) -> None:
    with closing(sqlite3.connect(path)) as file:
        (page,) = file.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (page_of,)
        ).fetchone()
        (size,) = file.execute("PRAGMA page_size").fetchone()
    content = bytearray(Path(path).read_bytes())
    content[(page - 1) * size : page * size] = b"\xa5" * size
    Path(path).write_bytes(content)

    found = verified(path, workers=workers)

    assert "medium" in {each.check for each in found.findings}
    if page_of != "events":
        assert found.events == 15
        assert "hash_chain" not in {each.check for each in found.findings}


def filled(path: Path, deposits: int) -> None:
    line = b'{"command": "deposit", "account": "a", "amount": "1", "description": "%s"}'
    with Ledger.open(path, snapshot_interval=0) as books:
        books.open_account("a", "Ana")
        books.batch(iter([line % (b"x" * 60)] * deposits))


def test_events_past_a_page_of_garbage_are_still_verified(tmp_path: Path) -> None:
    path = tmp_path / "long.db"
    filled(path, 5_000)
    with closing(sqlite3.connect(path)) as file:
        file.execute("DROP TRIGGER events_are_never_updated")
        file.execute("UPDATE events SET hash = zeroblob(32) WHERE position = 4800")
        file.commit()
        (size,) = file.execute("PRAGMA page_size").fetchone()
        (page,) = (
            file.execute(
                "SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf' "
                "ORDER BY path LIMIT 1 OFFSET 100"
            ).fetchone()
            if has_dbstat(file)
            else (0,)
        )
    if not page:
        pytest.skip("this SQLite cannot tell where its pages are")
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(content)

    found = verified(str(path))

    (unreadable,) = [each for each in found.findings if each.check == "unreadable"]
    assert unreadable.expected is not None
    first, last = map(int, unreadable.expected.split(" to "))
    assert unreadable.position == first
    assert 0 < last - first < 30
    assert found.events == 5_002 - (last - first + 1)
    assert ("hash_chain", 4800, "a") in places(found)


def has_dbstat(file: sqlite3.Connection) -> bool:
    try:
        file.execute("SELECT 1 FROM dbstat LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        return False
    return True


def test_a_file_without_a_ledgers_id_is_refused_as_damaged(path: str, run: Run) -> None:
    run_sql(path, "DELETE FROM ledger")

    outcome = run("verify", "--json")
    assert (outcome.status, outcome.error["code"]) == (6, "damaged_ledger")


def test_foreign_and_newer_files_are_refused_as_ever(path: str, run: Run) -> None:
    run_sql(path, "PRAGMA user_version = 99")
    assert run("verify").status == 2
    run_sql(path, "PRAGMA user_version = 1", "PRAGMA application_id = 7")
    assert run("verify").status == 2


LOOSE = [
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_schema SET sql = replace(replace(sql, ') STRICT', ')'), 'NOT NULL', '') "
    "WHERE name IN ('events', 'account_balances')",
    "PRAGMA writable_schema = OFF",
]


@pytest.mark.parametrize(
    "change",
    [
        "data = x'00'",
        "data = 5",
        "metadata = NULL",
        "hash = 'text'",
        "effective_at = 'noon'",
        "recorded_at = x'00'",
        "version = 1.5",
        "event_type = NULL",
        "schema_version = 'two'",
        "text = 5",
        "text = 1.5, salt = x'00'",
        "salt = 'salt'",
        "salt = 5",
    ],
)
def test_a_value_of_another_type_in_a_table_made_loose_is_found(change: str, path: str) -> None:
    run_sql(path, *LOOSE)
    run_sql(
        path,
        "DROP TRIGGER events_are_never_updated",
        "PRAGMA ignore_check_constraints = ON",
        f"UPDATE events SET {change} WHERE position = 10",
        "UPDATE account_balances SET balance = 'much', version = NULL WHERE account_id = 'j'",
    )

    found = verified(path)

    assert {"medium", "projection"} <= {each.check for each in found.findings}
    assert 10 in {each.position for each in found.findings}
    assert found.events == 15


def test_a_checkpoint_that_is_no_number_is_found_and_repaired(path: str, run: Run) -> None:
    """As flipped bits leave it: the table itself lets in numbers alone."""
    schema = "UPDATE sqlite_schema SET sql = {} WHERE name = 'projections'"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        (sql,) = file.execute("SELECT sql FROM sqlite_schema WHERE name = 'projections'").fetchone()
        file.execute("PRAGMA writable_schema = ON")
        file.execute(
            schema.format("replace(replace(sql, 'STRICT, ', ''), 'INTEGER NOT NULL', 'X')")
        )
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("UPDATE projections SET position = NULL")
        file.execute("PRAGMA writable_schema = ON")
        file.execute(schema.format("?"), (sql,))

    assert run("doctor").status == 6
    assert run("verify").status == 6
    assert "Traceback" not in run("deposit", "a", "1").err
