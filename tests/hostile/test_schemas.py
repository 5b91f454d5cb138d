"""A file is data: whatever somebody has put into its schema is named, and never run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import DamagedLedger
from ledger.verification.problems import REPAIR
from tests.hostile.conftest import RunBounded, RunInOne
from tests.support.file_content import Content, content
from tests.support.hostile.schemas import DERIVED, KINDS, LOG, put

DEPOSIT = ("deposit", "a", "1")
BALANCE = ("balance", "a")
VERIFY = ("verify",)
DOCTOR = ("doctor",)
BACKUP = ("backup", "copy.db")


def as_json(command: tuple[str, ...]) -> tuple[str, ...]:
    return (*command, "--json")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", DERIVED)
def test_what_is_foreign_where_the_log_is_not_is_named_and_removed(
    run: RunBounded, run_in_one: RunInOne, books: Path, kind: str, place: str
) -> None:
    before = log_and_figures(books)
    put(books, kind, place)
    held = books.read_bytes()

    ended = run_in_one(*map(as_json, (DEPOSIT, BACKUP, VERIFY, DOCTOR)))
    assert [each.status for each in ended] == [6] * 4, ended
    for each in ended[:2]:
        assert (place in each.error["message"]) or ("sly" in each.error["message"])
    found = ended[-1]
    assert found.json["problems"]
    assert all(each["advice"].startswith(REPAIR) for each in found.json["problems"]), found
    assert books.read_bytes() == held

    repaired = run("doctor", "--repair", "--json")
    assert (repaired.status, repaired.json["problems"]) == (0, []), repaired
    assert log_and_figures(books) == before
    deposited, verified = run_in_one(DEPOSIT, VERIFY)
    assert (deposited.out, verified.status) == ("a\t126.75\tUSD\t7\n", 0)


def log_and_figures(path: Path) -> Content:
    """What is in the tables whose every row is an event, or is made from the events alone."""
    rows = content(path)
    return {
        table: rows[table]
        for table in ("events", "streams", "account_balances", "account_summaries")
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", LOG)
def test_what_is_foreign_in_the_log_is_named_and_nothing_is_changed(
    run: RunBounded, run_in_one: RunInOne, books: Path, kind: str, place: str
) -> None:
    put(books, kind, place)
    before = books.read_bytes()

    refused = run_in_one(*map(as_json, (DEPOSIT, BALANCE, VERIFY, DOCTOR, BACKUP)))
    assert [each.status for each in refused] == [6] * 5, refused
    repaired = run("doctor", "--repair", "--json")
    if kind in ("trigger", "index"):
        assert (repaired.status, repaired.json["repaired"]) == (0, [f"removed the {kind} sly"])
        assert run(*DEPOSIT).status == 0
    else:
        assert repaired.status == 6
        assert books.read_bytes() == before
        assert run("doctor").status == 6


COMMANDS = [
    "open x --owner X",
    "amend a --owner X",
    "close b",
    "reopen c",
    "accounts",
    "balance",
    "deposit a 1",
    "withdraw a 1",
    "transfer a b 1",
    "batch -",
    "import statement.csv --account a",
    "reverse a 3",
    "correct a 3 --amount 1",
    "amend-entry a 3 -m text",
    "undo --yes",
    "confirm a 1",
    "lock 2020",
    "unlock --reason x",
    "history a",
    "statement a",
    "replay a",
    "events",
    "head",
    "verify",
    "backup copy.db",
    "doctor",
    "erase a --reason x --yes",
    "book",
    "book rename X",
    "book time-zone UTC",
    "book correct-clock --reason x --from 1 --yes",
    "snapshot a",
    "snapshots",
    "projections",
    "rebuild-projections",
    "export-events log.jsonl",
    "import-events -",
    "migrate books.db new.db",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("kind", "place"), [("endless view", "projections"), ("computed column", "events")]
)
def test_every_command_ends_and_leaves_the_file_alone(
    run: RunBounded, books: Path, tmp_path: Path, command: str, kind: str, place: str
) -> None:
    (tmp_path / "statement.csv").write_text("Date,Amount,Description\n2026-01-02,1.00,x\n")
    put(books, kind, place)
    before = books.read_bytes()

    ended = run(*command.split(), stdin=b'{"command": "deposit", "account": "a", "amount": "1"}')
    assert ended.status in (2, 6) if command.startswith("migrate") else ended.status == 6, ended
    assert books.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} <= {
        "books.db",
        "books.db-wal",
        "books.db-shm",
        "statement.csv",
    }


def edit_schema(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA writable_schema = ON")
        file.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = "
        "'streams') WHERE name = 'account_balances'",
        "UPDATE sqlite_schema SET rootpage = 100000 WHERE name = 'account_balances'",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE nonsense' WHERE name = 'account_balances'",
        "UPDATE sqlite_schema SET sql = CAST(x'80ff' AS TEXT) WHERE name = 'event_log'",
        "UPDATE sqlite_schema SET name = x'80ff' WHERE name = 'event_log'",
        "UPDATE sqlite_schema SET type = 'thing' WHERE name = 'event_log'",
        "UPDATE sqlite_schema SET tbl_name = 'streams' WHERE name = 'events_are_never_deleted'",
        "INSERT INTO sqlite_schema VALUES ('table', 'twice', 'twice', 3, 'CREATE TABLE twice (x)')",
        "DELETE FROM sqlite_schema",
    ],
)
def test_a_schema_that_no_program_makes_is_refused(
    run: RunBounded, run_in_one: RunInOne, books: Path, statement: str
) -> None:
    edit_schema(books, statement)
    before = books.read_bytes()

    refused = run_in_one(*map(as_json, (DEPOSIT, BALANCE, VERIFY, DOCTOR)))
    assert [each.status for each in refused] == [6] * 4, refused
    assert books.read_bytes() == before
    assert run("doctor", "--repair", "--json").status in (0, 6)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO sqlite_schema VALUES ('view', 'zz', 'zz', 0, 'CREATE VIEW zz AS SELECT no(')",
        "INSERT INTO sqlite_schema SELECT * FROM sqlite_schema WHERE name = 'event_log'",
        "INSERT INTO sqlite_schema SELECT * FROM sqlite_schema WHERE name = 'account_balances'",
        "UPDATE sqlite_schema SET sql = 'nonsense' WHERE name = 'snapshots'",
        "UPDATE sqlite_schema SET sql = NULL WHERE name = 'event_log'",
        "UPDATE sqlite_schema SET sql = x'00ff' WHERE name = 'account_balances'",
        "UPDATE sqlite_schema SET rootpage = 100000 WHERE name = 'account_balances'",
        "UPDATE sqlite_schema SET rootpage = 0 WHERE name = 'account_balances'",
        "UPDATE sqlite_schema SET rootpage = 0 WHERE name = 'idempotency_keys'",
        "UPDATE sqlite_schema SET name = NULL WHERE name = 'event_log'",
        "UPDATE sqlite_schema SET name = x'80ff' WHERE name = 'event_log'",
        "UPDATE sqlite_schema SET type = x'01' WHERE name = 'event_log'",
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = "
        "'account_summaries') WHERE name = 'account_balances'",
        "UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE snapshots USING nobody', "
        "rootpage = 0 WHERE name = 'snapshots'",
    ],
)
def test_what_no_program_makes_is_repaired_where_the_log_is_not(
    run: RunBounded, run_in_one: RunInOne, books: Path, statement: str
) -> None:
    asked = (("accounts",), ("balance",), ("head",))
    before = run_in_one(*asked)
    edit_schema(books, statement)

    assert run(*DEPOSIT).status == 6
    repaired = run("doctor", "--repair", "--json")
    assert (repaired.status, repaired.json["problems"]) == (0, []), repaired
    *after, verified = run_in_one(*asked, VERIFY)
    assert [each.out for each in after] == [each.out for each in before]
    assert verified.status == 0


def test_ten_thousand_views_are_removed_in_a_moment(run: RunBounded, books: Path) -> None:
    with closing(sqlite3.connect(books)) as file:
        file.execute("PRAGMA writable_schema = ON")
        file.executemany(
            "INSERT INTO sqlite_schema VALUES ('view', ?, ?, 0, ?)",
            ((f"v{n}", f"v{n}", f"CREATE VIEW v{n} AS SELECT 1") for n in range(10_000)),
        )
        file.commit()

    repaired = run("doctor", "--repair", "--json")
    assert repaired.json["repaired"] == ["removed 10000 objects that ledger did not make"]
    assert run("verify").status == 0


def test_a_table_that_the_ledger_does_not_know_is_named_and_not_dropped(
    run: RunBounded, books: Path
) -> None:
    with closing(sqlite3.connect(books)) as file:
        file.execute("CREATE TABLE notes (day, text)")
        file.execute("INSERT INTO notes VALUES (1, 'of mine')")
        file.commit()

    assert "the table notes was not made by ledger" in run("balance").err
    assert run("doctor", "--repair").status == 6
    assert content(books)["notes"] == [(1, "of mine")]
    with closing(sqlite3.connect(books)) as file:
        file.execute("DROP TABLE notes")
    assert run("balance").status == 0


@pytest.mark.parametrize(
    ("sql", "known"),
    [
        ('"month" TEXT NOT NULL, "n" INTEGER, PRIMARY KEY ("month")', True),
        ('"month" TEXT PRIMARY KEY NOT NULL, "n" INTEGER NOT NULL', True),
        ('"month" TEXT PRIMARY KEY NOT NULL, "n" INTEGER UNIQUE', False),
        ('"month" TEXT PRIMARY KEY NOT NULL, "n" INTEGER CHECK (n > 0)', False),
        ('"month" TEXT PRIMARY KEY NOT NULL, "n" INTEGER DEFAULT 5', False),
        ('"month" TEXT PRIMARY KEY ON CONFLICT REPLACE NOT NULL, "n" INTEGER', False),
        ('"month" TEXT PRIMARY KEY NOT NULL, "n" INTEGER REFERENCES events (position)', False),
        ('"month" TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, "n" INTEGER', False),
        ('"month" TEXT PRIMARY KEY NOT NULL, "n" INTEGER AS (5)', False),
    ],
)
def test_a_projection_that_is_not_known_has_nothing_but_a_key(
    books: Path, sql: str, known: bool
) -> None:
    with closing(sqlite3.connect(books)) as file:
        file.execute(f'CREATE TABLE "monthly" ({sql}) STRICT, WITHOUT ROWID')
        file.execute("INSERT INTO projections VALUES ('monthly', 1, 0)")
        file.commit()

    if known:
        with Ledger.open(books, create=False) as ledger:
            assert [each.name for each in ledger.projections() if not each.known] == ["monthly"]
    else:
        with pytest.raises(DamagedLedger, match="monthly was not made by ledger"):
            Ledger.open(books, create=False)
    assert Ledger.diagnose(str(books), repair=True).sound
    assert ("monthly" in content(books)) is known
