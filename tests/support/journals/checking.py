"""That another program reads an export as the ledger is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ledger import Ledger
from tests.support.journals import hledger
from tests.support.journals.exporting import Export, Held, entries, exported, held

Read = tuple[list[str], str, dict[str, str]]
"""Of a transaction: its entries, its description, and its tags but for its category."""


def check(ledger: Ledger, to: str, folder: Path, begin: int | None, end: int | None) -> Export:
    """Export a period, have it checked, and compare balances, entries, descriptions and tags."""
    export = exported(ledger, to, begin, end)
    found, transactions = _hledger(export, folder) if to == "hledger" else _beancount(export)
    assert found == held(ledger, end)
    _check_entries(ledger, export, transactions)
    return export


def _hledger(export: Export, folder: Path) -> tuple[Held, list[Read]]:
    path = folder / "books.journal"
    path.write_text(export.text, encoding="utf-8", newline="")
    printed = hledger.printed(path)
    kinds = [each for each in printed if each.tag("kind") != "confirmation"]
    return hledger.balances(path), [(each.entries, each.text, each.own_tags) for each in kinds]


def _beancount(export: Export) -> tuple[Held, list[Read]]:
    from tests.support.journals import beancount

    loaded = beancount.Loaded(export.text)
    return loaded.balances(), [
        (beancount.entries(each), beancount.text(each), beancount.own_tags(each))
        for each in loaded.transactions
    ]


def _check_entries(ledger: Ledger, export: Export, transactions: Iterable[Read]) -> None:
    """Every entry is there once, both of a transfer in one transaction, and says the same."""
    known = entries(ledger, export.period)
    seen = list[str]()
    for names, text, tags in transactions:
        seen += names
        entry = known[names[0]]
        assert len(names) == 2 or entry.counterparty is None
        sides = {(known[each].what.split()[0], known[each].description) for each in names}
        assert len(sides) == 1
        assert text == (entry.description or ("opening balance" if entry.version == 1 else ""))
        own = dict(entry.tags)
        if entry.counterparty is None:
            own.pop("category", None)
        assert tags == own
    assert sorted(seen) == sorted(known)
    assert export.told.entries == len(known)
