"""What a journal is made of, whichever program it is for."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ledger.domain.money import format_minor_units


class Amount(NamedTuple):
    """Signed minor units of a currency, which has so many decimals."""

    minor: int
    currency: str
    decimals: int

    @property
    def text(self) -> str:
        """The amount without its currency, as a plain decimal."""
        return format_minor_units(self.minor, self.decimals)

    def less(self) -> Amount:
        """What evens it out."""
        return self._replace(minor=-self.minor)


class Posting(NamedTuple):
    """What a transaction adds to an account.

    Attributes:
        name: of the account in the journal.
        entry: the id of the account in the ledger and the entry's version there; empty of what is
            no account in the ledger.
    """

    name: str
    amount: Amount
    entry: str = ""


class Category(NamedTuple):
    """An account of the journal that is none in the ledger, before it is used for the first time.

    Attributes:
        category: the value of the tag that it stands for; empty for none.
    """

    name: str
    category: str = ""


class Recorded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is recorded in the ledger, with what it is found again by.

    Attributes:
        day: the local day in the book's zone, as ``YYYY-MM-DD``.
        position: of its event in the log, of a transfer that of its first one.
        effective_us, recorded_us: µs UTC.
    """

    day: str
    position: int
    kind: str
    description: str
    actor: str
    effective_us: int
    recorded_us: int


class Transaction(Recorded, frozen=True, kw_only=True, gc=False):
    """One entry, or both sides of a transfer; what it adds to all accounts together is nothing.

    Attributes:
        receipts: each as ``SIZE:SHA256``.
        reverses, reversed_by: entries, each as an account's id and a version.
        links: the entries that were reversed, which it has in common with their reversals.
    """

    postings: tuple[Posting, ...]
    tags: dict[str, str]
    receipts: tuple[str, ...] = ()
    transfer_id: str | None = None
    reverses: tuple[str, ...] = ()
    reversed_by: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class Confirmation(Recorded, frozen=True, kw_only=True, gc=False):
    """What somebody else's books say that an account held.

    Attributes:
        held: what the entries up to here come to.
    """

    account_id: str
    entry: str
    name: str
    confirmed: Amount
    held: Amount
