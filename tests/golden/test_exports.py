"""Whole files of each format that other programs read, and that those read them so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.domain.book_events import TestLedger
from ledger.domain.receipts import Receipt
from tests.support.journals.checking import check
from tests.support.journals.exporting import exported
from tests.support.journals.hledger import needs_hledger

KEPT = Path(__file__).parent / "exports"
BILL = Receipt(1_234, "5f" * 32)


@pytest.fixture
def club() -> Iterator[Ledger]:
    """A test ledger of four days with something of everything."""
    test = TestLedger("2026-01-01T22:30:00Z+3h", "7")
    book = {"name": "Rowing club", "time_zone": "Europe/Berlin"}
    with Ledger.in_memory(test=test, book=book) as club:  # type: ignore[arg-type] # as given
        club.open_account("club:savings", "Ana Souza", initial_balance="100")
        club.open_account("petty-cash", "Ben; Okafor, treasurer", overdraft="50")
        club.open_account("points.2026", "Everybody", "V", decimals=0)
        club.deposit("club:savings", "48", "Dues, Greta", tags={"category": "dues", "year": "2026"})
        club.withdraw("petty-cash", "7.50", 'Bin bags; "large" | two', receipts=[BILL])
        club.transfer("club:savings", "petty-cash", "20", "=SUM(A1)", tags={"category": "float"})
        club.deposit("points.2026", "12", "Two\nlines")
        club.deposit("club:savings", "480", "Typed with a zero too many")
        club.reverse("club:savings", 4, "mistyped")
        club.confirm("club:savings", "128", "bank, statement 1")
        club.withdraw("petty-cash", "12.50", tags={"category": "food: drinks"})
        club.confirm("petty-cash", "0")
        club.withdraw("petty-cash", "1", "found later", at="2026-01-02T22:00:00Z")
        club.transfer("club:savings", "petty-cash", "9", "Lent")
        club.reverse("petty-cash", 7, "given back", at="2026-01-04T04:29:00Z")
        club.amend_entry("petty-cash", 2, {"tags": {"category": "cleaning", "text": "x"}})
        club.withdraw("points.2026", "12")
        club.close_account("points.2026", "Season over")
        yield club


@pytest.mark.parametrize(
    ("to", "file"),
    [("hledger", "club.journal"), ("beancount", "club.beancount"), ("csv", "club.csv")],
)
def test_a_whole_file_is_as_it_was(club: Ledger, to: str, file: str) -> None:
    assert exported(club, to).text == (KEPT / file).read_bytes().decode()


@pytest.mark.parametrize("to", [pytest.param("hledger", marks=needs_hledger), "beancount"])
@pytest.mark.parametrize("begin", [None, 1_767_312_000_000_000])
def test_the_program_that_it_is_for_reads_it(
    club: Ledger, tmp_path: Path, to: str, begin: int | None
) -> None:
    check(club, to, tmp_path, begin, None)
