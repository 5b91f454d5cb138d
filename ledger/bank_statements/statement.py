"""What a bank's file says of an account, whatever the format of the file."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from ledger.bank_statements.rules.statement_format import StatementFormat


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A line of a statement that moves money.

    Attributes:
        line: of the file, from 1.
        moment: its day, or its day and time.
        amount_minor: signed minor units, never 0; negative for money out.
        reference: the bank's own id of it; empty where it gives none.
        tags: by key.
        transfer_with: the account of the ledger that the money comes from or goes to; empty where
            no rule names one.
        balance_minor: the account's after it (minor units), where the file says so.
    """

    line: int
    moment: date | datetime
    amount_minor: int
    description: str
    reference: str = ""
    tags: dict[str, str] = {}
    transfer_with: str = ""
    balance_minor: int | None = None


class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A line of a statement that is left out, and why.

    Attributes:
        reason: follows "line N: skipped, ".
        guessed: whether it might be an entry, so that somebody should look at it.
    """

    line: int
    reason: str
    guessed: bool = False


class StatedBalance(msgspec.Struct, frozen=True, gc=False):
    """A balance that a file states: signed minor units at the end of a day, None if it has none."""

    line: int
    amount_minor: int
    day: date | None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of one account.

    Attributes:
        account_number: the bank's; empty where the file gives none.
        currency: ISO 4217; None where the file does not say.
        entries: in the order of the file.
        skipped: lines that are left out.
        opening, closing: the balances before the first entry and after the last one.
        newest_first: the order of the file; None where its dates decide.
        format: what it was read by, as far as it fits the next file too; None for files that need
            no rules.
        guessed: the names of the rules that were not given.
        notes: what a person should know about how it was read.
    """

    account_number: str = ""
    currency: str | None = None
    entries: list[Entry]
    skipped: list[Skipped] = []
    opening: StatedBalance | None = None
    closing: StatedBalance | None = None
    newest_first: bool | None = None
    format: StatementFormat | None = None
    guessed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
