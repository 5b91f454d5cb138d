"""What a book is asked to do, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass

DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
"""Of the currencies that the lives of books use; any other opens with decimals of its own."""


class Refused(Exception):
    """A rule's answer. ``moment`` is the first that would be wrong, where one can be named."""

    def __init__(self, code: str, moment: int | None = None):
        super().__init__(code, moment)
        self.code, self.moment = code, moment


@dataclass(frozen=True)
class Intent:
    """A command. ``None`` says nothing: a default, or unchanged.

    Attributes:
        clock: what the clock shows when it is carried out.
        amount: in minor units; of an opening the initial balance.
        to: who receives; where `correct` puts a deposit or withdrawal, or a transfer's receiver.
        source: where `correct` puts a transfer's sender.
        version: the entry, confirmation or clock correction that is meant.
        limit: the overdraft limit.
        text: the owner, description, source or reason.
        run: one invocation of the program; a batch has one for all its commands.
    """

    command: str
    clock: int
    account: str = ""
    amount: int | None = None
    to: str = ""
    source: str = ""
    at: int | None = None
    version: int = 0
    currency: str | None = None
    decimals: int | None = None
    limit: int | None = None
    text: str | None = None
    tags: frozenset[str] | None = None
    receipts: frozenset[str] | None = None
    actor: str = "ana"
    run: str = ""


def pinned_decimals(currency: str, decimals: int | None) -> tuple[str, int]:
    """A currency with the decimals that an account in it pins."""
    if decimals not in (None, DECIMALS.get(currency, decimals)):
        raise Refused("invalid_currency")
    pinned = DECIMALS.get(currency, decimals)
    if pinned is None or not 0 <= pinned <= 18:
        raise Refused("invalid_currency")
    return currency, pinned
