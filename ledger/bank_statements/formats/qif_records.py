"""The records of a QIF file, and the accounts that they belong to."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.bank_statements.formats.source import cut_off, quoted, unreadable
from ledger.errors import InvalidLine, LedgerError

_ACCOUNTS: Final = ("bank", "ccard", "cash", "oth a", "oth l")
_LISTS: Final = ("cat", "class", "memorized", "tag", "budget", "template", "security", "prices")
_INVESTMENTS: Final = ("invst", "port")
_IGNORED: Final = "CAFXKYQ%1234567"
"""Whether it is cleared, the address, and what only the program that wrote it knows."""


class Record(msgspec.Struct):
    """A transaction as it is written.

    Attributes:
        line: that it begins in.
        letters: what its lines so far began with.
        parts: the amounts of its splits.
        categories: its own and those of its splits.
    """

    line: int
    day: str = ""
    amount: str = ""
    payee: str = ""
    memo: str = ""
    number: str = ""
    parts: list[str] = []
    categories: list[str] = []
    letters: str = ""


class Account(msgspec.Struct):
    """An account of a file, by the name that it has there, if any, and its kind."""

    name: str
    kind: str
    records: list[Record] = []


class Accounts(msgspec.Struct):
    """The accounts that have a part of a file, in its order.

    Attributes:
        investments: the lines where parts begin that are about them, and are not read.
    """

    accounts: list[Account] = []
    investments: list[int] = []


def read_accounts(text: str) -> Accounts:
    """The accounts of a file; those without a name have their kind's where there are several.

    Raises:
        InvalidLine: a line is not one of QIF, or the file is cut off or not about an account.
    """
    reader = _Reader()
    number = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line.startswith("!"):
            reader.header(line[1:].strip().lower(), number)
        elif line:
            reader.line(line, number)
    return reader.end(number)


class _Reader:
    def __init__(self) -> None:
        self._found = Accounts()
        self._kind = ""
        self._name = ""
        self._record: Record | None = None

    def header(self, header: str, line: int) -> None:
        self._check_ended(line)
        if header.startswith(("option", "clear")):
            return
        kind = header.removeprefix("type:").strip() if header.startswith("type") else header
        if kind in _ACCOUNTS:
            self._found.accounts.append(Account(self._name, kind))
            self._kind = "transactions"
        elif kind == "account":
            self._kind = "account"
        elif kind in _INVESTMENTS:
            self._found.investments.append(line)
            self._kind = "list"
        elif kind in _LISTS:
            self._kind = "list"
        else:
            raise unreadable(f"{quoted('!' + header)} is not a part of QIF that is read", line)

    def line(self, line: str, number: int) -> None:
        if self._kind == "account":
            if line[0] == "N":
                self._name = line[1:].strip()
            return
        if self._kind == "list":
            return
        if not self._kind:
            raise unreadable(f"{quoted(line)} stands before the kind of account (!Type)", number)
        if line == "^":
            self._end_record(number)
            return
        if self._record is None:
            self._record = Record(number)
        self._value(self._record, line[0], line[1:].strip(), number)

    def _value(self, record: Record, letter: str, value: str, line: int) -> None:
        if letter in "DTUP" and letter in record.letters:
            raise unreadable(
                f"the entry has two lines {letter}, so the end (^) of one is missing", line
            )
        record.letters += letter
        if letter == "D":
            record.day = value
        elif letter in "TU":
            if record.amount and record.amount != value:
                raise unreadable(f"the entry has another amount, {quoted(record.amount)}", line)
            record.amount = value
        elif letter == "P":
            record.payee = value
        elif letter == "M":
            record.memo = record.memo or value
        elif letter == "N":
            record.number = value
        elif letter in "LS":
            record.categories.append(value)
        elif letter == "$":
            record.parts.append(value)
        elif letter == "E" or letter in _IGNORED:
            return
        else:
            raise unreadable(f"{quoted(letter + value)} is not a line of QIF", line)

    def _end_record(self, line: int) -> None:
        record, self._record = self._record, None
        if record is None:
            return
        if not record.day or not record.amount:
            missing = "date (D)" if record.amount else "amount (T)"
            raise unreadable(f"the entry has no {missing}", record.line)
        self._found.accounts[-1].records.append(record)

    def _check_ended(self, line: int) -> None:
        if self._record is not None:
            raise cut_off(f"the entry of line {self._record.line} has no end (^)", line)

    def end(self, line: int) -> Accounts:
        self._check_ended(line)
        found = self._found
        if not found.accounts:
            raise _no_account(found.investments)
        kinds = {each.kind for each in found.accounts if not each.name}
        if len(kinds) > 1:
            for each in found.accounts:
                each.name = each.name or each.kind
        return found


def _no_account(investments: list[int]) -> LedgerError:
    if investments:
        return unreadable(
            "the file is about investments only, which are not imported",
            investments[0],
            "export the transactions of the bank account that belongs to them",
        )
    return InvalidLine(
        "the QIF file has no transactions of an account",
        advice="export the transactions of a bank account, cash or card",
    )
