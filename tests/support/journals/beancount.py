"""What beancount says of a ledger, in this process."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from tests.support.journals.exporting import Held

loader = pytest.importorskip("beancount.loader", reason="beancount has no wheel here")
data = pytest.importorskip("beancount.core.data")


_OURS = {
    "actor", "filename", "kind", "lineno", "position", "receipts", "recorded", "reversed-by",
    "reverses", "text", "time", "transfer",
}  # fmt: skip


class Loaded:
    """A ledger as beancount reads it, without an error."""

    def __init__(self, text: str) -> None:
        self.directives, errors, self.options = loader.load_string(text)
        assert not errors, [(each.message, each.source) for each in errors]
        self.ids = {
            each.account: each.meta["id"] for each in self.all(data.Open) if "id" in each.meta
        }

    def all(self, kind: Any) -> list[Any]:
        return [each for each in self.directives if isinstance(each, kind)]

    @property
    def transactions(self) -> list[Any]:
        """Those that have entries of the ledger."""
        return [each for each in self.all(data.Transaction) if entries(each)]

    def balances(self) -> Held:
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for each in self.all(data.Transaction):
            for posting in each.postings:
                if posting.account in self.ids:
                    unit = posting.units.currency.removesuffix("-UNIT")
                    sums[self.ids[posting.account], unit] += posting.units.number
        return {account: (number, unit) for (account, unit), number in sums.items() if number}


def entries(transaction: Any) -> list[str]:
    """The entries of the ledger that a transaction is."""
    return [each.meta["entry"] for each in transaction.postings if "entry" in (each.meta or {})]


def text(transaction: Any) -> str:
    """The description as it was in the ledger."""
    exact = transaction.meta.get("text")
    return str(json.loads(exact)) if exact else str(transaction.narration)


def own_tags(transaction: Any) -> dict[str, str]:
    """Those that the entry has in the ledger, but for its category."""
    found = dict[str, str]()
    for key, value in transaction.meta.items():
        if key not in _OURS and not key.startswith("__"):
            tag, value = value.split("=", 1) if key.startswith("tag-") else (key, value)
            found[tag] = value
    return found
