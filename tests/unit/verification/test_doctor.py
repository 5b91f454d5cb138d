"""The doctor: what is wrong with a file, and making again what is made from its log."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.verification.problems import Diagnosis
from tests.support.log_editing import edit_file, run_sql


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of eleven events with a backdated one, a snapshot, and idempotency keys."""
    path = tmp_path / "books.db"
    with Ledger.open(path) as ledger:
        ledger.open_account("a", "Ana", initial_balance="100.00", at="2026-01-01T00:00Z")
        ledger.open_account("b", "Ben", at="2026-01-01T00:00Z")
        ledger.deposit("a", "24.75", "Paycheck", at="2026-01-05T00:00Z", idempotency_key="k-1")
        ledger.transfer("a", "b", "20.00", idempotency_key="k-2")
        ledger.withdraw("b", "1.00")
        ledger.deposit("a", "1.00", "Found", at="2026-01-02T00:00Z")
        ledger.snapshot(["a"])
        ledger.deposit("b", "0.50")
        ledger.open_account("c", "Cy", at="2026-01-03T00:00Z")
        ledger.close_account("c")
    return path


def asked(path: Path, *, repair: bool = False) -> Diagnosis:
    """What the doctor says of a file that is not sound, having changed nothing."""
    before = files(path.parent)
    found = Ledger.diagnose(path, repair=repair)
    assert files(path.parent) == before
    assert found.problems
    assert not found.repaired
    assert all(each.message and each.advice for each in found.problems)
    return found


def answers(path: Path) -> list[object]:
    """All that a ledger answers, of the log and of what is made from it."""
    with Ledger.open(path, create=False) as ledger:
        again = ledger.deposit(
            "a", "24.75", "Paycheck", at="2026-01-05T00:00Z", idempotency_key="k-1"
        )
        assert again.replayed
        return [
            ledger.balances(),
            ledger.accounts(),
            ledger.projections(),
            [ledger.statement(account) for account in "abc"],
            list(ledger.export_events()),
        ]


EXPORT = b'{"format":"ledger-events","format_version":1}\n'
FOREIGN: list[tuple[str, int, str, bytes]] = [
    ("not_a_ledger", 2, "is an empty file", b""),
    ("text", 2, "is a text file", "Zoë; 12,50\n".encode() * 90),
    ("export", 2, "is an exported log", EXPORT),
    ("packed", 2, "is packed by gzip", gzip.compress(EXPORT, mtime=0)),
    ("zeros", 2, "nothing but zeros", bytes(8192)),
    ("foreign", 2, "is no SQLite file", bytes(range(256)) * 32),
    ("damaged_header", 2, "its header is damaged", b"SQLite format 3\x00" + b"\xff" * 4080),
]


@pytest.mark.parametrize(("code", "status", "words", "content"), FOREIGN)
def test_what_is_no_ledger_is_named_for_what_it_is(
    tmp_path: Path, code: str, status: int, words: str, content: bytes
) -> None:
    path = tmp_path / "books.db"
    path.write_bytes(content)
    for repair in (False, True):
        found = asked(path, repair=repair)
        assert [each.code for each in found.problems] == [code]
        assert words in found.problems[0].message
        assert found.refusal is not None
        assert found.refusal.exit_status == status
        assert (found.head, found.trusted) == (None, None)


DERIVED = [
    "DROP TABLE account_balances",
    "DROP TABLE account_summaries",
    "UPDATE account_balances SET balance = balance + 1 WHERE account_id = 'a'",
    "DELETE FROM account_summaries WHERE account_id = 'a'",
    "INSERT INTO account_balances VALUES ('nobody', 1, 'USD', 1, 2, 1, 1)",
    "ALTER TABLE account_balances DROP COLUMN version",
    "DELETE FROM projections",
    "UPDATE projections SET version = 99",
    "UPDATE projections SET position = 99",
    "UPDATE projections SET position = -1",
    "DROP TABLE projections",
    "DROP TABLE snapshots",
    "UPDATE snapshots SET state = replace(state, '10575', '99999')",
    "UPDATE snapshots SET state = 'nonsense'",
    "UPDATE snapshots SET version = 3",
    "UPDATE snapshots SET version = 77",
    "UPDATE snapshots SET highest_effective_at = 1",
    "DROP INDEX snapshots_by_effective_time",
    "DROP INDEX events_backdated",
    "DROP VIEW event_log",
    "DROP TRIGGER events_are_never_updated",
    "DROP TRIGGER events_are_never_deleted",
    "DROP TRIGGER events_are_never_replaced",
    "DROP TRIGGER streams_are_never_updated",
    "DROP TRIGGER streams_are_never_deleted",
    "DROP TRIGGER streams_are_never_replaced",
    "DROP TABLE idempotency_keys",
    "DELETE FROM idempotency_keys",
    "UPDATE idempotency_keys SET last_position = 4",
    "UPDATE idempotency_keys SET first_position = 99, last_position = 99",
    "UPDATE idempotency_keys SET key = 'k-9' WHERE key = 'k-1'",
    "UPDATE idempotency_keys SET fingerprint = x'00'",
]


@pytest.mark.parametrize("damage", DERIVED)
def test_what_is_made_from_the_log_is_found_and_made_again(path: Path, damage: str) -> None:
    before = answers(path)
    run_sql(path, damage)
    found = asked(path)
    assert all(each.repairable for each in found.problems)
    assert found.trusted == found.head is not None
    repaired = Ledger.diagnose(path, repair=True)
    assert repaired.sound
    assert repaired.repaired
    with Ledger.open(path, create=False) as ledger:
        assert ledger.verify().clean
    assert answers(path) == before
    assert Ledger.diagnose(path, repair=True).repaired == ()


OF_THE_LOG = [
    ("UPDATE events SET text = replace(text, 'Paycheck', 'Bonus') WHERE position = 4", 3),
    ("UPDATE events SET text = NULL, salt = NULL WHERE position = 4", 3),
    ("UPDATE events SET data = replace(data, '2475', '9475') WHERE position = 4", 3),
    ("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 1", 0),
    ("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 2", 1),
    ("UPDATE events SET data = '{}' WHERE position = 8", 7),
    ("DELETE FROM events WHERE position = 7", 6),
    ("DELETE FROM events WHERE position = 11", 10),
    ("UPDATE streams SET stream_id = 'x' WHERE stream_id = 'b'", 2),
]


@pytest.mark.parametrize(("damage", "trusted"), OF_THE_LOG)
def test_of_a_log_that_was_changed_it_says_how_far_it_can_be_trusted(
    path: Path, damage: str, trusted: int
) -> None:
    with Ledger.open(path) as ledger:
        hashes = [event.hash for event in ledger.events(raw=True)]
    edit_file(path, damage)
    for repair in (False, True):  # which changes nothing either
        found = asked(path, repair=repair)
        assert found.trusted is not None
        assert found.trusted.position == trusted
        assert not trusted or found.trusted.hash == hashes[trusted - 1]
        log = [each.position for each in found.problems if not each.repairable and each.position]
        assert min(log) == trusted + 1
        for each in found.problems:
            assert ("deal with the log first" in each.advice) is each.repairable


def test_writes_that_belong_to_another_file_are_suspected(path: Path, tmp_path: Path) -> None:
    stale = tmp_path / "stale"
    stale.mkdir()
    copy = stale / "books.db"
    with Ledger.open(path) as ledger:
        ledger.backup(copy)
        for _ in range(300):
            ledger.deposit("a", "0.01", "words " * 20)
    with Ledger.open(copy) as older:
        older.deposit("b", "7.00")
        (tmp_path / "books.db-wal").write_bytes((stale / "books.db-wal").read_bytes())
    found = Ledger.diagnose(path)
    assert not all(each.repairable for each in found.problems)
    assert any("move it away and ask again" in note for note in found.notes)
    (tmp_path / "books.db-wal").unlink()
    assert Ledger.diagnose(path).sound
