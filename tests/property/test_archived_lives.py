"""Random lives of a ledger whose oldest entries are archived at random moments.

Where the archive is at hand, it answers as one that has all its entries. Where it is not, it gives
the same answers, or says that the archive is missing.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import pytest

from ledger import Ledger
from ledger.domain.instant import parse_instant
from ledger.errors import ArchiveMissing, NoSuchAccount
from ledger.eventstore.archive.records import Archives
from tests.property.test_lived_books import check_answers, check_answers_of_all
from tests.property.test_lived_views import plain_client
from tests.support.naive_lives import START, Life, life
from tests.support.property.archived_books import ArchivedBook
from tests.support.property.lived_books import LivedBook
from tests.support.property.places import lives
from tests.support.soak import Soak
from tests.support.sql.plain_sqlite import (
    entry_rows,
    expected_accounts,
    expected_entries,
    rows,
)

IN_SUITE = 12
AT_ONCE = 6


def live(one: Life, seed: int, folder: Path) -> int:
    """Live a life twice, and compare; gives how many events were archived at its end."""
    dice = Random(seed)
    often = dice.choice((0.05, 0.2, 0.6))
    with LivedBook() as twin, ArchivedBook(str(folder), seed) as lived:
        twin.begin(START)
        lived.begin(START)
        for step in one.steps:
            before = one.at(step.before)
            first, second = (
                twin.carry_out(step.intent, before),
                lived.carry_out(step.intent, before),
            )
            assert (first and first.code) == (second and second.code), step.intent
            if dice.random() < often:
                lived.archive(one.at(step.after))
            if dice.random() < 0.1:
                lived.ledger.balances(as_of=START)  # the projection follows in steps
        check_answers(lived, one.book)
        check_answers_of_all(lived, one.book)
        compare(lived.ledger, twin.ledger)
        compare_reports(lived.ledger, twin.ledger, one, dice)
        assert lived.ledger.verify().findings == ()
        check_views(lived)
        check_export(lived)
        if lived.archived:
            check_without_archive(lived, twin)
        return lived.archived


def compare(archived: Ledger, twin: Ledger) -> None:
    """Everything that is told of accounts, but for positions, which notes in the book move."""
    assert [*map(figures, archived.accounts())] == [*map(figures, twin.accounts())]
    assert [*map(figures, archived.find())] == [*map(figures, twin.find())]
    for question in (history, statement):
        for account in twin.account_ids():
            assert question(archived, account) == question(twin, account), (question, account)


def compare_reports(archived: Ledger, twin: Ledger, one: Life, dice: Random) -> None:
    """Their sums are held against the log, archived or not."""
    known = [None, *dict.fromkeys(one.book.known_times())]
    moments = [m for account in twin.account_ids() for m in one.book.moments(account)] or [START]
    for _ in range(4):
        first, to = sorted(dice.choice(moments) + dice.choice((-1, 0, 1)) for _ in range(2))
        asked: dict[str, Any] = {
            "by": ("account", "month"),
            "from_time": dice.choice((None, first)),
            "to_time": dice.choice((None, to)),
            "known_at": dice.choice(known),
        }
        assert archived.report(**asked).lines == twin.report(**asked).lines, asked


def figures(found: object) -> list[object]:
    left_out = ("position", "event", "head", "transfer_id")
    return [
        getattr(found, name)
        for name in found.__struct_fields__  # type: ignore[attr-defined]
        if name not in left_out
    ]


def history(ledger: Ledger, account: str) -> list[list[object]]:
    return [*map(figures, ledger.history(account).entries)]


def statement(ledger: Ledger, account: str) -> object:
    found = ledger.statement(account)
    told = found.opening_balance_minor, found.closing_balance_minor, found.left_out
    return told, [*map(figures, found.entries)]


def check_views(lived: ArchivedBook) -> None:
    """The views have the entries that are not archived; their balances go on from what is."""
    ledger = lived.ledger
    with plain_client(ledger) as connection:
        told = rows(connection, "SELECT * FROM accounts ORDER BY account")
        entries = entry_rows(
            connection, "SELECT * FROM entries ORDER BY account, effective_at, version"
        )
    assert told == expected_accounts(ledger)
    assert isinstance(lived.store, Archives)
    kept = {each.stream_id: each for each in lived.store.archive.streams()}
    ends = {account: each.version for account, each in kept.items()}
    right = [
        each for each in expected_entries(ledger) if each["version"] > ends.get(each["account"], 0)
    ]
    for row, expected in zip(entries, right, strict=True):
        end = kept.get(row["account"])
        if end is not None and expected["reverses"] and expected["reverses"] <= end.version:
            # What it reverses is not here, so all that is said of it are its own facts.
            for column in ("counterparty", "tags", "reversed"):
                assert row[column] in (None, 0)
                expected[column] = row[column]
        if end is not None and row["balance_minor"] is None:
            assert effective_of(row) < end.highest_effective_at
            expected |= {"balance": None, "balance_minor": None}
        assert row == expected


def effective_of(row: dict[str, Any]) -> int:
    return parse_instant(row["effective_at"])


def check_export(lived: ArchivedBook) -> None:
    with Ledger.in_memory(restoring=True, clock=lambda: lived.now) as copy:
        copy.import_events(lived.ledger.export_events())
        assert copy.head() == lived.ledger.head()
        assert copy.verify(workers=1).findings == ()


def check_without_archive(lived: ArchivedBook, twin: LivedBook) -> None:
    assert isinstance(lived.store, Archives)
    lived.store.archive_folder = "/nowhere"
    assert [*map(figures, lived.ledger.accounts())] == [*map(figures, twin.ledger.accounts())]
    assert [*map(figures, lived.ledger.balances())] == [*map(figures, twin.ledger.balances())]
    for kept in lived.store.archive.streams():
        account, end = kept.stream_id, kept.highest_effective_at
        for as_of in (None, end, end + 1, max(end, lived.now)):
            assert figures_at(lived.ledger, account, as_of) == figures_at(
                twin.ledger, account, as_of
            )
        for earlier in (end - 1, START, START - 1):
            right = figures_at(twin.ledger, account, earlier)
            with suppress(ArchiveMissing):
                assert figures_at(lived.ledger, account, earlier) == right
        newer = lived.ledger.balance(account).version - kept.version
        if newer:
            told = lived.ledger.history(account, limit=newer).entries
            assert [*map(figures, told)] == history(twin.ledger, account)[kept.version :]
        with pytest.raises(ArchiveMissing):
            lived.ledger.history(account)


def figures_at(ledger: Ledger, account: str, as_of: int | None) -> object:
    try:
        return ledger.history(account, as_of=as_of, limit=0).state
    except NoSuchAccount:
        return None


@pytest.mark.parametrize("begin", range(0, IN_SUITE, AT_ONCE))
def test_an_archived_ledger_answers_as_its_twin(begin: int, tmp_path: Path) -> None:
    archived = [
        live(life(seed), seed, tmp_path / f"archive {seed}") for seed in lives(begin, AT_ONCE)
    ]
    assert sum(map(bool, archived)) > len(archived) // 3


@pytest.mark.soak
def test_an_archived_ledger_answers_as_its_twin_soak(soak: Soak, tmp_path: Path) -> None:
    end = monotonic() + soak.seconds
    for number in count():
        if number >= AT_ONCE and monotonic() >= end:
            break
        live(life(soak.seed + number), number, tmp_path / f"archive {number}")
