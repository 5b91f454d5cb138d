"""What may stand at the path of the ledger: each thing is told apart, and left as it is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from tests.support.file_content import tree
from tests.support.program import Refused, Run

OPEN = ("open", "new", "--owner", "Nia")
DEPOSIT = ("deposit", "acc-001", "5")
BALANCE = ("balance", "acc-001")
ACCOUNTS = ("accounts",)
BATCH = ("batch", "-")
IMPORT = ("import-events", "-")
REBUILD = ("rebuild-projections",)

NO_COMMAND = b"nothing of the kind\n"


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("account,amount\n" * 1_000)


def other_application(path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE account_balances (account); PRAGMA user_version = 1")
    connection.close()


def newer_schema(path: Path) -> None:
    connection = apsw.Connection(str(path))
    version = connection.pragma("user_version")
    connection.execute(f"PRAGMA user_version = {version + 2}")
    connection.close()


def half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def first_page(path: Path) -> None:
    os.truncate(path, 4_096)


def garbled(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4_096] + b"\xa5" * (len(content) - 4_096))


ODD_FILES: dict[str, tuple[Callable[[Path], None], int, str, str]] = {
    "a folder": (os.mkdir, 2, "not_a_ledger", "is a folder, not a ledger"),
    "a FIFO": (os.mkfifo, 2, "not_a_ledger", "is not a regular file"),
    "an empty file": (empty, 2, "not_a_ledger", "is an empty file, not a ledger"),
    "a text file": (text, 2, "not_a_ledger", "is not a ledger"),
    "another application's file": (
        other_application,
        2,
        "not_a_ledger",
        "is an SQLite file of another application",
    ),
}

DAMAGED_LEDGERS: dict[str, tuple[Callable[[Path], None], int, str, str]] = {
    "a newer schema": (newer_schema, 2, "not_a_ledger", "has file format 4"),
    "half of a ledger": (half, 6, "damaged_ledger", "is damaged"),
    "a page of a ledger": (first_page, 6, "damaged_ledger", "is damaged"),
    "a garbled ledger": (garbled, 6, "damaged_ledger", "is damaged"),
}


@pytest.mark.parametrize("command", [BALANCE, DEPOSIT, OPEN], ids=lambda each: each[0])
@pytest.mark.parametrize(("make", "status", "code", "why"), ODD_FILES.values(), ids=ODD_FILES)
def test_what_is_no_ledger_is_left_as_it_is(
    refused: Refused,
    tmp_path: Path,
    command: tuple[str, ...],
    make: Callable[[Path], None],
    status: int,
    code: str,
    why: str,
) -> None:
    make(tmp_path / "odd")
    kind = (tmp_path / "odd").stat().st_mode
    error = refused(status, code, *command, "--db", "odd")
    assert error["message"].startswith(f"odd {why}")
    assert (tmp_path / "odd").stat().st_mode == kind


@pytest.mark.parametrize("command", [BALANCE, OPEN], ids=lambda each: each[0])
@pytest.mark.parametrize(
    ("damage", "status", "code", "why"), DAMAGED_LEDGERS.values(), ids=DAMAGED_LEDGERS
)
def test_a_damaged_ledger_is_left_as_it_is(
    refused: Refused,
    small_books: Path,
    command: tuple[str, ...],
    damage: Callable[[Path], None],
    status: int,
    code: str,
    why: str,
) -> None:
    damage(small_books)
    error = refused(status, code, *command)
    assert error["message"].startswith(f"{small_books} {why}")


def test_an_empty_path_is_refused(refused: Refused) -> None:
    for command in (BALANCE, OPEN):
        error = refused(2, "invalid_option", *command, "--db", "")
        assert "--db is empty" in error["message"]


# ── missing parts ───────────────────────────────────────────────────────────────────────────────


def drop(path: Path, kind: str, name: str) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA foreign_keys = OFF; DROP {kind} {name}")
    connection.close()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("TABLE", "ledger"),
        ("TABLE", "streams"),
        ("TABLE", "events"),
        ("TABLE", "idempotency_keys"),
        ("TABLE", "snapshots"),
        ("TABLE", "projections"),
        ("TRIGGER", "events_are_never_updated"),
        ("TRIGGER", "events_are_never_deleted"),
        ("TRIGGER", "events_are_never_replaced"),
        ("TRIGGER", "streams_are_never_replaced"),
        ("INDEX", "events_backdated"),
    ],
)
def test_a_ledger_without_a_part_of_its_log_is_damaged(
    refused: Refused, small_books: Path, kind: str, name: str
) -> None:
    drop(small_books, kind, name)
    error = refused(6, "damaged_ledger", *DEPOSIT)
    assert name in error["message"]
    assert "ledger doctor" in error["hint"]


@pytest.mark.parametrize(
    ("projection", "listing"), [("account_balances", "balance"), ("account_summaries", "accounts")]
)
def test_a_missing_projection_is_named_and_can_be_rebuilt(
    run: Run, refused: Refused, small_books: Path, projection: str, listing: str
) -> None:
    before = run(listing).out
    drop(small_books, "TABLE", projection)
    for command in ((listing,), DEPOSIT):
        error = refused(6, "damaged_ledger", *command)
        assert projection in error["message"]
        assert f"ledger rebuild-projections {projection}" in error["hint"]
    assert run(*BALANCE).out == "124.75\n"
    assert run("rebuild-projections", projection).status == 0
    assert run(listing).out == before
    assert run(*DEPOSIT).status == 0


def test_an_event_that_was_changed_behind_the_programs_back_is_found(
    refused: Refused, small_books: Path
) -> None:
    connection = apsw.Connection(str(small_books))
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.execute("UPDATE events SET data = '{}' WHERE position = 6")
    connection.close()
    error = refused(6, "unreadable_event", "balance", "acc-001")
    assert "event 6" in error["message"]
    assert error["details"]["position"] == 6


# ── nothing there ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "command",
    [
        BALANCE,
        ("balance",),
        ACCOUNTS,
        DEPOSIT,
        ("transfer", "a", "b", "5"),
        ("close", "a"),
        ("history", "a"),
        ("replay", "a"),
        ("events",),
        ("snapshot", "--all"),
        ("snapshots",),
        ("projections",),
        REBUILD,
        ("export", "year.html"),
        ("export-events", "log.jsonl"),
    ],
    ids=" ".join,
)
def test_where_there_is_no_ledger_nothing_makes_one(
    refused: Refused, command: tuple[str, ...]
) -> None:
    error = refused(4, "no_such_ledger", *command, "--db", "missing.db")
    assert error["details"]["path"] == "missing.db"
    assert "to begin one there: ledger open" in error["hint"]
    assert "--db missing.db" in error["hint"]


def test_where_there_is_no_folder_there_is_no_ledger(refused: Refused) -> None:
    for command in (BALANCE, DEPOSIT):
        refused(4, "no_such_ledger", *command, "--db", "missing/books.db")


@pytest.mark.parametrize(
    ("command", "status", "code"),
    [
        (("open", "../x", "--owner", "Nia"), 2, "invalid_account_id"),
        (("open", "new", "--owner", " "), 2, "invalid_text"),
        (("open", "new", "--owner", "Nia", "--initial-balance", "-5"), 2, "invalid_amount"),
        (("open", "new", "--owner", "Nia", "--at", "9000-01-01"), 2, "invalid_time"),
        (("open", "new", "--owner", "Nia", "--expected-version", "1"), 5, "version_conflict"),
        (BATCH, 2, "invalid_line"),
        (IMPORT, 2, "invalid_line"),
        (("batch", "missing.jsonl"), 2, "invalid_option"),
        (("import-events", "missing.jsonl"), 2, "invalid_option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_refused_first_command_makes_no_ledger(
    refused: Refused, command: tuple[str, ...], status: int, code: str
) -> None:
    refused(status, code, *command, stdin=NO_COMMAND)


def test_a_batch_refused_in_the_middle_makes_no_ledger(refused: Refused) -> None:
    lines = b'{"command": "open", "account": "a", "owner": "Ana"}\n' * 2
    error = refused(3, "account_already_open", "batch", "-", stdin=lines)
    assert error["details"]["line"] == 2


def test_the_first_account_makes_the_ledger_for_its_owner_alone(
    run: Run, books: Path, tmp_path: Path
) -> None:
    assert run(*OPEN).status == 0
    assert sorted(tree(tmp_path)) == ["books.db"]
    assert books.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", [OPEN, BATCH, IMPORT], ids=lambda each: each[0])
@pytest.mark.parametrize(
    ("path", "why"),
    [("missing/books.db", "No such file or directory"), ("file/books.db", "Not a directory")],
)
def test_a_ledger_is_made_only_in_a_folder_that_exists(
    refused: Refused, tmp_path: Path, command: tuple[str, ...], path: str, why: str
) -> None:
    (tmp_path / "file").touch()
    error = refused(1, "storage_failure", *command, "--db", path, stdin=NO_COMMAND)
    assert error["message"] == f"no ledger can be made at '{path}': {why}"


def test_a_home_that_cannot_hold_a_ledger_is_named(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    env = {"LEDGER_DB": "", "XDG_DATA_HOME": "", "HOME": str(tmp_path / "home")}
    error = refused(1, "storage_failure", *OPEN, env=env)
    assert "/home/" in error["message"]
    assert "Not a directory" in error["message"]


@pytest.mark.parametrize(
    "command", [BALANCE, DEPOSIT, OPEN, BATCH, IMPORT], ids=lambda each: each[0]
)
def test_a_link_to_nowhere_is_no_ledger_and_becomes_none(
    refused: Refused, tmp_path: Path, command: tuple[str, ...]
) -> None:
    link = tmp_path / "link.db"
    link.symlink_to("nowhere.db")
    refused(4, "no_such_ledger", *command, "--db", "link.db", stdin=NO_COMMAND)
    assert link.is_symlink()
    assert not (tmp_path / "nowhere.db").exists()


def test_a_link_to_a_ledger_is_that_ledger(run: Run, small_books: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(small_books.name)
    assert run("deposit", "acc-001", "5", "--db", "link.db").status == 0
    assert run(*BALANCE).out == "129.75\n"
    assert (tmp_path / "link.db").is_symlink()
    assert sorted(tree(tmp_path)) == ["books.db"]


# ── modes ───────────────────────────────────────────────────────────────────────────────────────

WRITES = [DEPOSIT, OPEN, BATCH, ("snapshot", "acc-001"), REBUILD]


@pytest.fixture(params=["file", "folder"])
def read_only_books(
    request: pytest.FixtureRequest, small_books: Path, environ: dict[str, str], tmp_path: Path
) -> Iterator[Path]:
    """The small ledger where its file or its folder may only be read."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    path = folder / "books.db"
    shutil.move(small_books, path)
    environ["LEDGER_DB"] = str(path)
    if request.param == "file":
        path.chmod(0o400)
    else:
        folder.chmod(0o500)
    yield path
    folder.chmod(0o700)


def test_a_read_only_ledger_can_be_asked(run: Run, read_only_books: Path, tmp_path: Path) -> None:
    before = tree(tmp_path)
    assert run(*BALANCE, bound=True).out == "124.75\n"
    for command in (
        *(ACCOUNTS, ("history", "acc-001"), ("events",), ("replay", "acc-001")),
        *(("balance", "--tree"), ("balance", "--tree", "--as-of", "2024-03-08")),
        ("statement", "--all"),
    ):
        outcome = run(*command, bound=True)
        assert (outcome.status, outcome.err) == (0, "")
        assert outcome.out
        assert tree(tmp_path) == before


@pytest.mark.usefixtures("read_only_books")
@pytest.mark.parametrize("command", WRITES, ids=lambda each: each[0])
def test_a_read_only_ledger_refuses_to_be_written(
    refused: Refused, command: tuple[str, ...]
) -> None:
    line = '{"command": "deposit", "account": "acc-001", "amount": "5"}'
    error = refused(1, "storage_failure", *command, bound=True, stdin=line)
    assert "the file or its folder is read-only" in error["message"]
    assert "permissions" in error["hint"]


def test_a_ledger_that_may_not_be_read_is_a_failure(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    before = tree(tmp_path)
    small_books.chmod(0)
    outcomes = [run(*command, "--json", bound=True) for command in (BALANCE, DEPOSIT, OPEN)]
    small_books.chmod(0o600)
    for outcome in outcomes:
        assert (outcome.status, outcome.out) == (1, "")
        assert outcome.error["code"] == "storage_failure"
        assert str(small_books) in outcome.error["message"]
        assert "read and written" in outcome.error["hint"]
    assert tree(tmp_path) == before


def test_no_ledger_is_made_where_nothing_may_be_written(refused: Refused, tmp_path: Path) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o500)
    try:
        error = refused(1, "storage_failure", *OPEN, "--db", "read-only/new.db", bound=True)
        assert "Permission denied" in error["message"]
    finally:
        folder.chmod(0o700)
