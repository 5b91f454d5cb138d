"""A ledger keeps the accounts that it worked on; nobody may be able to tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from sqlite3 import connect

import pytest

from ledger import Ledger
from ledger.commands import repository
from ledger.errors import DamagedLedger, InsufficientFunds, NoSuchAccount, VersionConflict
from tests.support.clock import utc


@pytest.fixture
def books(books: Ledger) -> Ledger:
    books.open_account("a", "Ana", initial_balance="100")
    return books


@pytest.fixture
def rival(books: Ledger, path: str) -> Iterator[Ledger]:
    """Another ledger on the same file, as another process has it."""
    with Ledger.open(path, clock=lambda: utc("2026-03-01T12:00")) as ledger:
        yield ledger


def test_what_others_did_between_two_commands_counts(books: Ledger, rival: Ledger) -> None:
    books.deposit("a", "1")
    rival.deposit("a", "49")
    assert books.withdraw("a", "150").balance.minor_units == 0
    rival.deposit("a", "7")
    with pytest.raises(InsufficientFunds) as refusal:
        books.withdraw("a", "8")
    assert refusal.value.details["balance"] == "7.00"


def test_what_is_refused_only_as_it_was_before_is_accepted(books: Ledger, rival: Ledger) -> None:
    with pytest.raises(NoSuchAccount):
        books.deposit("b", "1")
    rival.open_account("b", "Bo")
    assert books.deposit("b", "1").version == 2
    rival.deposit("a", "50")
    assert books.withdraw("a", "150", expected_version=2).version == 3
    rival.withdraw("b", "1")
    assert books.close_account("b").version == 4
    with pytest.raises(VersionConflict) as conflict:
        books.deposit("a", "1", expected_version=2)
    assert conflict.value.actual_version == 3


def test_a_command_that_was_undone_leaves_nothing_behind(books: Ledger, path: str) -> None:
    with closing(connect(path)) as file:
        file.execute("ALTER TABLE account_summaries RENAME TO elsewhere")
        file.commit()
        with pytest.raises(DamagedLedger):
            books.deposit("a", "5")
        file.execute("ALTER TABLE elsewhere RENAME TO account_summaries")
        file.commit()
    written = books.deposit("a", "1")
    assert (written.version, written.balance.minor_units) == (2, 10100)
    assert books.agreement("a").holds


def test_a_batch_that_was_undone_leaves_nothing_behind(books: Ledger) -> None:
    books.deposit("a", "1")
    line = b'{"command": "deposit", "account": "a", "amount": "5"}'
    with pytest.raises(InsufficientFunds):
        books.batch([line, b'{"command": "withdraw", "account": "a", "amount": "900"}'])
    books.batch([line], dry_run=True)
    written = books.deposit("a", "1")
    assert (written.version, written.balance.minor_units) == (3, 10200)


def dated(day: int, command: str, **fields: str) -> bytes:
    return json.dumps(
        {"command": command, "amount": "1", "at": f"2026-02-{day:02}", **fields}
    ).encode()


@pytest.mark.parametrize("limit", ["_KEPT", "_PASTS_KEPT"])
def test_entries_in_the_past_of_more_accounts_than_are_kept(
    books: Ledger, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    books.open_account("b", "Bo", initial_balance="100", at="2026-02-01")
    books.open_account("c", "Cy", initial_balance="100", at="2026-02-01")
    monkeypatch.setattr(repository, limit, 1)
    books.batch(
        dated(27 - number, "transfer", **{"from": "bc"[number % 2], "to": "cb"[number % 2]})
        for number in range(20)
    )
    books.batch(dated(day, "withdraw", account=account) for day in (9, 5) for account in "bc")
    assert books.balance("b").version == books.balance("c").version == 23
    assert books.agreement("b").holds
    assert not books.verify().findings


def test_the_past_that_is_kept_knows_what_others_did_and_nothing_undone(
    books: Ledger, rival: Ledger
) -> None:
    books.open_account("b", "Bo", initial_balance="10", at="2026-02-01")
    books.deposit("b", "90", at="2026-02-20")
    books.withdraw("b", "1", at="2026-02-10")
    with pytest.raises(InsufficientFunds):
        books.withdraw("b", "10", at="2026-02-09")
    books.batch([dated(8, "withdraw", account="b")] * 9, dry_run=True)
    with pytest.raises(InsufficientFunds):
        books.batch([dated(8, "withdraw", account="b")] * 10)
    rival.withdraw("b", "5", at="2026-02-12")
    with pytest.raises(InsufficientFunds) as refusal:
        books.withdraw("b", "4.01", at="2026-02-09")
    assert str(refusal.value.details["at"]).startswith("2026-02-12")
    assert books.withdraw("b", "4", at="2026-02-09").balance.minor_units == 90_00


def test_more_accounts_than_are_kept(books: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "_KEPT", 10)
    books.batch(
        b'{"command": "open", "account": "n%d", "owner": "N"}' % number for number in range(25)
    )
    books.batch(
        b'{"command": "deposit", "account": "n%d", "amount": "1"}' % (number % 25)
        for number in range(50)
    )
    books.batch(
        b'{"command": "transfer", "from": "n%d", "to": "n%d", "amount": "1"}'
        % (number % 25, (number + step) % 25)
        for number in range(25)
        for step in (1, 12)
    )
    for number in range(25):
        assert books.deposit(f"n{number}", "1").version == 8
        assert books.agreement(f"n{number}").holds
    assert books.deposit("n0", "1").version == 9
