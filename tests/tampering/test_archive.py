"""A ledger with an archive: what is changed in either is found, with the archive and without it."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from ledger import Ledger
from ledger.domain.instant import to_datetime
from ledger.errors import ArchiveMissing, DamagedArchive, DamagedLedger, Integrity, in_utc
from ledger.verification.findings import Verification
from tests.support.clock import DAY, Clock
from tests.support.log_editing import edit_file, run_sql
from tests.support.tampering.archived_ledger import FOLDER, write_books
from tests.support.tampering.attacked_ledger import FIRST

HOUR: Final = DAY // 24

Where = tuple[str, int | None, str | None]
"""A check, a position and an account."""


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archived")
    write_books(str(folder / "books.db"))
    return folder


@pytest.fixture
def folder(_made: Path, tmp_path: Path) -> Path:
    """Where the ledger is, with its archive in a folder beside it."""
    return shutil.copytree(_made, tmp_path / "club")


def verified(folder: Path, archive: Path | None, workers: int = 1) -> Verification:
    with Ledger.open(folder / "books.db", as_it_is=True) as books:
        return books.verify(archive=None if archive is None else str(archive), workers=workers)


def places(found: Verification) -> list[Where]:
    return [(each.check, each.position, each.account_id) for each in found.findings]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_check_goes_on_without_the_archive_and_says_what_it_did_not_look_at(
    folder: Path, workers: int
) -> None:
    (folder / FOLDER).rename(folder / "away")
    found = verified(folder, None, workers)
    assert (found.findings, found.events, found.accounts) == ((), 10, 5)
    assert (found.archived, found.archive_looked_at) == (18, False)
    told = "\n".join(found.notes)
    assert "changes 1 to 18 are in the archive and were not looked at" in told
    assert "the table account_entries was not compared" in told
    assert "the confirmed balances of account b were not compared" in told
    assert "not checked against the rules of accounts: 2" in told
    assert "idempotency keys of archived changes, which were not compared with them: 4" in told
    assert (found.idempotency_keys, found.looked_at["idempotency"]) == (5, 1)
    usd = next(each for each in found.totals if each.currency == "USD")
    assert usd.carried_over_minor == 14_775
    assert found.looked_at["projection"] == 10


@pytest.mark.parametrize("workers", [1, 3])
def test_a_check_of_both_finds_nothing_wrong(folder: Path, workers: int) -> None:
    away = (folder / FOLDER).rename(folder / "away")
    found = verified(folder, away, workers)
    assert (found.findings, found.notes, found.events) == ((), (), 28)
    assert (found.archived, found.archive_looked_at) == (18, True)
    assert (found.looked_at["archive"], found.looked_at["archive_files"]) == (2, 2)
    assert all(each.carried_over_minor == 0 for each in found.totals)


def test_a_check_never_reads_the_archive_unasked(folder: Path) -> None:
    for file in (folder / FOLDER).iterdir():
        file.write_bytes(b"")
    assert verified(folder, None).clean


ATTACKS: Final[dict[str, tuple[tuple[str, ...], list[Where], list[Where]]]] = {
    "balance-kept": (
        (
            "UPDATE archived_streams SET state = replace(state, '12575', '99')"
            " WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id = 'a')",
        ),
        [("archive", 18, None), ("snapshot", 24, "a"), *[("projection", None, "a")] * 2],
        [("archive", 15, "a"), ("archive", 18, None)],
    ),
    "state-of-no-form": (
        (
            "UPDATE archived_streams SET state = '{' "
            "WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id = 'j')",
        ),
        [("archive", 18, None), ("archive", None, "j")],
        [("archive", 9, "j"), ("archive", 18, None)],
    ),
    "version-kept": (
        (
            "UPDATE archived_streams SET version = version - 1 "
            "WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id = 'a')",
        ),
        [("archive", 18, None), ("versions", 20, "a")],
        [("archive", 8, "a"), ("archive", 18, None)],
    ),
    "zone-of-the-book": (
        ("UPDATE events SET data = replace(data, 'UTC', 'Europe/Paris') WHERE position = 1",),
        [("archive", 18, None), ("projection", None, None)],
        [("archive", 1, "$book"), ("archive", 18, None), ("projection", None, None)],
    ),
    "lock-taken-out": (
        ("DELETE FROM events WHERE position = 17",),
        [("archive", 18, None), ("versions", 18, "$book")],
        [("archive", 17, "$book"), ("archive", 18, None)],
    ),
    "event-that-went-is-back": (
        (
            "INSERT INTO events SELECT 12, stream_no, 99, event_type, schema_version, data, text, "
            "salt, metadata, effective_at, recorded_at, 0, hash FROM events WHERE position = 20",
        ),
        [("medium", 12, None)],
        [("medium", 12, None)],
    ),
    "hash-at-the-end": (
        ("UPDATE archive SET hash = zeroblob(32) WHERE to_position = 18",),
        [("archive", 18, None), ("hash_chain", 19, "$book")],
        [("archive_files", 9, None), ("archive", 18, None), ("hash_chain", 19, "$book")],
    ),
    "file-forgotten": (
        ("DELETE FROM archive WHERE to_position = 8",),
        [("archive", 18, None)],
        [("archive_files", 1, None), ("archive", 18, None)],
    ),
    "state-forgotten": (
        (
            "DELETE FROM archived_streams "
            "WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id = 'c')",
        ),
        [("archive", 18, None), ("streams", None, "c"), *[("projection", None, "c")] * 2],
        [("archive", 12, "c"), ("archive", 13, "c"), ("archive", 18, None)],
    ),
    "file-of-another-name": (
        ("UPDATE archive SET file = '../books.db' WHERE to_position = 8",),
        [],
        [("archive_files", 1, None)],
    ),
    "manifest-unknown": (
        ("UPDATE archive SET manifest_sha256 = zeroblob(32) WHERE to_position = 8",),
        [("archive", 8, None)],
        [("archive_files", 1, None), ("archive", 8, None)],
    ),
    "end-recorded-earlier": (
        ("UPDATE archive SET recorded_at = 0 WHERE to_position = 18",),
        [("archive", 18, None)],
        [("archive_files", 9, None), ("archive", 18, None)],
    ),
    "end-recorded-later": (
        ("UPDATE archive SET recorded_at = recorded_at + 1 WHERE to_position = 18",),
        [("archive", 18, None), ("recorded_times", 19, "$book")],
        [("archive_files", 9, None), ("archive", 18, None), ("recorded_times", 19, "$book")],
    ),
    # Nobody uses it without the file that proves it.
    "earlier-end": (
        ("UPDATE archive SET recorded_at = 0 WHERE to_position = 8",),
        [],
        [("archive_files", 1, None)],
    ),
}
"""Statements, and where the check finds what they did without the archive and with it."""


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_change_of_the_ledger_is_found(folder: Path, attack: str) -> None:
    statements, without, with_it = ATTACKS[attack]
    edit_file(folder / "books.db", *statements)
    assert places(verified(folder, None)) == without
    assert places(verified(folder, folder / FOLDER)) == with_it


QUESTIONS: Final[tuple[Callable[[Ledger, int], object], ...]] = (
    lambda books, known: books.balance("a", known_at=known).balance_minor,
    lambda books, known: [each.balance for each in books.balances(known_at=known)],
    lambda books, known: difference(books, known),
    lambda books, known: rows(books, f"SELECT * FROM balances(null, '{in_utc(known)}')"),
)
"""What was known at a moment (µs UTC), asked in every way."""


def difference(books: Ledger, known: int) -> object:
    with books.diff(to_datetime(known)) as found:
        return found.before.head.position


def rows(books: Ledger, query: str) -> object:
    with books.sql(query) as answer:
        return list(answer.rows)


@pytest.mark.parametrize("question", range(len(QUESTIONS)))
def test_when_an_earlier_part_was_recorded_is_only_believed_of_its_file(
    folder: Path, question: int
) -> None:
    moments = FIRST + 3 * DAY, FIRST + 9 * DAY
    ask = QUESTIONS[question]
    with Ledger.open(folder / "books.db") as books:
        right = [ask(books, each) for each in moments]
    edit_file(folder / "books.db", "UPDATE archive SET recorded_at = 0 WHERE to_position = 8")
    with Ledger.open(folder / "books.db") as books:
        for moment, answer in zip(moments, right, strict=True):
            with suppress(DamagedArchive):
                assert ask(books, moment) == answer
    (folder / FOLDER).rename(folder / "away")
    with Ledger.open(folder / "books.db") as books:
        for moment in moments:
            with pytest.raises(ArchiveMissing):
                ask(books, moment)
        assert books.balance("b", known_at=FIRST + 30 * DAY).balance_minor


def test_when_the_end_was_recorded_is_not_believed_where_a_clock_was_corrected(
    tmp_path: Path,
) -> None:
    """Which account came last is not known then without the file, and so not when it did."""
    clock = Clock(FIRST)
    with Ledger.open(tmp_path / "books.db", clock=clock) as books:
        for account in ("a", "b"):
            books.open_account(account, "Ann")
        clock.now = FIRST + DAY
        books.deposit("a", "1")
        clock.now = FIRST + DAY - HOUR
        books.correct_clock("it was ahead", trust_clock=True)
        for hours, account in ((1, "b"), (2, "a"), (3, "b")):
            clock.now = FIRST + DAY + hours * HOUR
            books.deposit(account, "2")
            if hours != 2:
                books.archive(tmp_path / FOLDER, clock.now)
        clock.now = FIRST + 5 * DAY
        books.deposit("b", "4")
    last = FIRST + DAY + 2 * HOUR
    edit_file(
        tmp_path / "books.db",
        f"UPDATE archive SET recorded_at = {last} WHERE recorded_at > {last}",
    )
    with Ledger.open(tmp_path / "books.db") as books, suppress(DamagedArchive):
        assert books.balance("b", known_at=last + 1).balance_minor == 200


def test_a_file_whose_name_was_changed_in_the_ledger_is_neither_removed_nor_a_stranger(
    folder: Path,
) -> None:
    before = sorted((folder / FOLDER).iterdir())
    edit_file(folder / "books.db", "UPDATE archive SET file = 'x' || file WHERE to_position = 8")
    with Ledger.open(folder / "books.db") as books:
        assert books.erase("d", "asked for it").left_over == ()
    assert sorted((folder / FOLDER).iterdir()) == before


@pytest.mark.parametrize("table", ["archive", "archived_streams"])
def test_nobody_changes_what_is_kept_of_the_archive_by_mistake(folder: Path, table: str) -> None:
    column = "recorded_at" if table == "archive" else "version"
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"INSERT INTO {table} SELECT * FROM {table}",
        f"REPLACE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only ledger archives"):
            run_sql(folder / "books.db", statement)
    assert verified(folder, folder / FOLDER).clean


def test_a_guard_of_the_archive_that_is_missing_is_restored(folder: Path) -> None:
    path = folder / "books.db"
    run_sql(path, "DROP TRIGGER archive_is_never_updated")
    with pytest.raises(DamagedLedger, match="the trigger archive_is_never_updated is missing"):
        Ledger.open(path)
    repaired = Ledger.diagnose(path, repair=True)
    assert (repaired.sound, repaired.repaired) == (
        True,
        ("restored the trigger archive_is_never_updated",),
    )
    assert verified(folder, folder / FOLDER).clean


UNSIGNED: Final = (
    "balance-kept",
    "state-of-no-form",
    "version-kept",
    "zone-of-the-book",
    "hash-at-the-end",
    "file-forgotten",
    "state-forgotten",
    "manifest-unknown",
    "end-recorded-earlier",
)
"""Attacks on what is remembered of the archive, which the next archiving or erasure would sign."""


@pytest.mark.parametrize("attack", UNSIGNED)
def test_what_is_not_what_the_log_says_is_neither_signed_anew_nor_built_upon(
    folder: Path, attack: str
) -> None:
    statements, without, _ = ATTACKS[attack]
    edit_file(folder / "books.db", *statements)
    before = sorted((folder / FOLDER).iterdir())
    with Ledger.open(folder / "books.db") as books:
        head = books.head()
        works = (
            lambda: books.archive(folder / FOLDER, books.head().recorded_us),
            lambda: books.erase("b", "asked for it"),
        )
        for work in works:
            with pytest.raises(Integrity):
                work()
        assert books.head() == head
    assert sorted((folder / FOLDER).iterdir()) == before
    assert Ledger.diagnose(folder / "books.db", repair=True).repaired == ()
    assert places(verified(folder, None)) == without


def test_a_version_that_is_too_high_is_not_signed(folder: Path) -> None:
    edit_file(
        folder / "books.db",
        "UPDATE archived_streams SET version = version + 1 "
        "WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id = 'j')",
    )
    with Ledger.open(folder / "books.db") as books:
        with pytest.raises(DamagedLedger, match="what is kept of the accounts"):
            books.archive(folder / FOLDER, books.head().recorded_us)
        with pytest.raises(Integrity):
            books.erase("a", "asked for it")


def repacked(file: Path, edit: Callable[[bytes], bytes]) -> None:
    file.write_bytes(gzip.compress(edit(gzip.decompress(file.read_bytes())), mtime=0))


def of_another_ledger(file: Path) -> None:
    write_books(str(file.parent / "other.db"))
    other = next(each for each in (file.parent / FOLDER).iterdir() if each.suffix == ".gz")
    file.write_bytes(other.read_bytes())


HARM: Final[dict[str, Callable[[Path], object]]] = {
    "missing": Path.unlink,
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-20]),
    "altered": lambda file: repacked(file, lambda lines: lines.replace(b"Paycheck", b"Paycheque")),
    "empty": lambda file: file.write_bytes(b""),
    "of another ledger": of_another_ledger,
    "foreign": lambda file: file.write_bytes(b"%PDF-1.7"),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_file_of_the_archive_that_is_not_as_it_was_is_named(folder: Path, harm: str) -> None:
    first, second = sorted((folder / FOLDER).glob("*.gz"))
    HARM[harm](first)
    found = verified(folder, folder / FOLDER)
    assert places(found) == [("archive_files", 1, None)]
    assert first.name in found.findings[0].message
    assert second.name not in found.findings[0].message
    assert found.archive_looked_at is False
    assert verified(folder, None).clean


def test_a_state_is_checked_though_its_digest_was_forged(folder: Path) -> None:
    """Only the archive tells what somebody did who can write a log anew."""
    edit_file(folder / "books.db", *ATTACKS["balance-kept"][0])
    found = verified(folder, folder / FOLDER)
    (state,) = (each for each in found.findings if each.account_id == "a")
    assert state.message == "what was kept of the account is not what its archived entries give"


def test_a_head_of_the_archived_past_is_looked_for_in_the_archive(folder: Path) -> None:
    with Ledger.open(folder / "books.db") as books:
        event = next(books.events(from_position=5, raw=True))
        head = f"5:{event.hash.hex()}"
        assert books.verify(expect_head=head).noted_head == "present"
        assert books.verify(expect_head="5:00000000").noted_head == "missing"
    shutil.rmtree(folder / FOLDER)
    with Ledger.open(folder / "books.db") as books, pytest.raises(ArchiveMissing) as refused:
        books.verify(expect_head=head)
    assert str(folder / FOLDER) in refused.value.message


def test_a_check_during_which_something_is_archived_begins_again(folder: Path) -> None:
    with Ledger.open(folder / "books.db") as books, Ledger.open(folder / "books.db") as other:
        todo = [lambda: other.archive(folder / FOLDER, other.head().recorded_us)]

        def archive_once(done: int, of: int) -> None:
            if todo:
                todo.pop()()

        found = books.verify(progress=archive_once)
    assert not todo
    assert (found.findings, found.archived) == ((), 28)
