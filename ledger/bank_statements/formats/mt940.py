"""MT940, and MT942 of the day: one statement for each account in a file.

The mark of an entry says which way the money goes, and ``R`` that it takes back an earlier one: a
reversal of a credit (``RC``) is money out, a reversal of a debit (``RD``) money in. Each statement,
and each page of one, has to add up: that is what shows a lost or damaged line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from msgspec.structs import replace

from ledger.bank_statements.formats.joining import joined, with_sure_references
from ledger.bank_statements.formats.money import Money
from ledger.bank_statements.formats.mt940_details import details_text, extension_text
from ledger.bank_statements.formats.mt940_fields import Field, read_fields
from ledger.bank_statements.formats.source import (
    AGAIN,
    BY_HAND,
    cut_off,
    quoted,
    read_source,
    unreadable,
)
from ledger.bank_statements.statement import Entry, Skipped, StatedBalance, Statement
from ledger.errors import InvalidLine, InvalidTime, LedgerError

_BALANCE: Final = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]+(?:[.,][0-9]*)?)", re.ASCII)
_ENTRY: Final = re.compile(
    r"([0-9]{6})([0-9]{4}|    )?(R[CD]|E[CD]|[CD])[A-Z]?([0-9]+(?:[.,][0-9]*)?)"
    r"(?:([A-Z][A-Z0-9 ]{3})(.*))?",
    re.ASCII,
)
_SUM: Final = re.compile(r"([0-9]{1,5})([A-Z]{3})([0-9]+(?:[.,][0-9]*)?)", re.ASCII)
_SIGNS: Final = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}
_NO_REFERENCE: Final = ("", "NONREF", "NOREF", "NOTPROVIDED")
_INTRADAY: Final = (
    "the file is a report of the day (MT942); its entries come again in the statement (MT940)"
)


def read_mt940(content: bytes, money: Money, encoding: str | None = None) -> list[Statement]:
    """The statements in an MT940, or the reports in an MT942.

    Raises:
        InvalidInput: a line cannot be read, or a statement does not add up; the error names the
            line.
    """
    source = read_source(content, encoding)
    messages: list[_Message] = []
    for field in read_fields(source.text):
        if field.tag == "20":
            messages.append(_Message(field.line, money, source.notes))
        elif not messages:
            raise unreadable(
                f"the field :{field.tag}: stands before any statement (:20:)", field.line, AGAIN
            )
        else:
            try:
                messages[-1].add(field)
            except LedgerError as refusal:
                raise refusal.at_line(field.line) from None
    end = source.text.count("\n") + 1
    statements = list(_chained(messages, [each.end(end) for each in messages], money))
    return [with_sure_references(each) for each in joined(statements, money)]


def _chained(
    messages: list[_Message], statements: list[Statement], money: Money
) -> Iterable[Statement]:
    """The statements, once the pages of each one are seen to follow one another."""
    before: dict[str, StatedBalance] = {}
    for message, statement in zip(messages, statements, strict=True):
        last = before.pop(statement.account_number, None)
        opening = statement.opening
        if last and opening and last.amount_minor != opening.amount_minor:
            assert statement.currency is not None
            raise unreadable(
                f"the page opens with {money.shown(opening.amount_minor, statement.currency)}, but "
                "the one before it closes with "
                f"{money.shown(last.amount_minor, statement.currency)} (line {last.line})",
                opening.line,
                f"a page may be missing: {AGAIN}",
            )
        if message.goes_on and statement.closing:
            before[statement.account_number] = statement.closing
        yield statement


class _Message:
    """One message: a statement, a page of one, or a report."""

    def __init__(self, line: int, money: Money, notes: tuple[str, ...]) -> None:
        self._line = line
        self._money = money
        self._notes = notes
        self._account = ""
        self._currency = ""
        self._is_report = False
        self._opening: StatedBalance | None = None
        self._closing: StatedBalance | None = None
        self._sums: dict[str, tuple[int, int, int]] = {}
        self._entries: list[Entry] = []
        self._skipped: list[Skipped] = []
        self._has_reversals = False
        self._details: list[str] = []
        self._extension: list[str] = []
        self._entry: Entry | None = None
        self.goes_on = False

    def add(self, field: Field) -> None:
        tag = field.tag
        if tag == "86":
            if self._entry is not None:
                self._details += field.lines
            return
        if tag == "NS":
            self._extension += field.lines
            return
        self._end_entry()
        if tag == "61":
            self._begin_entry(field)
            return
        if tag in ("25", "25P"):
            self._account = field.text.replace(" ", "")
        elif tag in ("34F", "13", "13D"):
            self._is_report = True
            if tag == "34F":
                self._currency = self._currency or field.text[:3]
        elif tag in ("60F", "60M"):
            if self._opening is not None:
                raise unreadable("there is another opening balance", field.line, AGAIN)
            self._opening = self._balance(field)
        elif tag in ("62F", "62M"):
            if self._closing is not None:
                raise unreadable("there is another closing balance", field.line, AGAIN)
            self._closing = self._balance(field)
            self.goes_on = tag == "62M"
        elif tag in ("90C", "90D"):
            self._is_report = True
            self._sums[tag] = self._sum(field)
        if tag not in ("62F", "62M", "64", "65") and len(field.lines) > 1:
            self._check_rest(field)

    def _check_rest(self, field: Field) -> None:
        rest = [line for line in field.lines[1:] if line.strip()]
        if rest and field.tag not in ("20", "21", "25", "25P", "28", "28C"):
            raise unreadable(
                f"{quoted(rest[0].strip())} does not belong to the field :{field.tag}:",
                field.line,
                AGAIN,
            )

    def _balance(self, field: Field) -> StatedBalance:
        found = _BALANCE.fullmatch(field.text)
        if found is None:
            raise unreadable(f"{quoted(field.text)} is not a balance of MT940", field.line)
        mark, day, currency, amount = found.groups()
        if currency != (self._currency or currency):
            raise unreadable(
                f"the balance is in {currency}, but the statement in {self._currency}", field.line
            )
        self._currency = currency
        sign = 1 if mark == "C" else -1
        return StatedBalance(field.line, sign * self._money.read(amount, currency), _day(day))

    def _sum(self, field: Field) -> tuple[int, int, int]:
        found = _SUM.fullmatch(field.text)
        if found is None:
            raise unreadable(f"{quoted(field.text)} is not a sum of MT942", field.line)
        self._currency = self._currency or found[2]
        return int(found[1]), self._money.read(found[3], found[2]), field.line

    def _begin_entry(self, field: Field) -> None:
        found = _ENTRY.fullmatch(field.text)
        if found is None:
            raise unreadable(f"{quoted(field.text)} is not an entry of MT940", field.line)
        if not self._currency or self._closing is not None:
            raise unreadable("the entry is not between two balances", field.line, AGAIN)
        value_day, booked, mark, written, kind, rest = found.groups("")
        amount = _SIGNS[mark] * self._money.read(written, self._currency)
        moment = _booking_day(value_day, booked)
        if mark.startswith("E"):
            self._skipped.append(Skipped(field.line, "it is expected, not booked", guessed=True))
            return
        self._has_reversals |= mark.startswith("R")
        if amount == 0:
            self._skipped.append(Skipped(field.line, "its amount is zero"))
            return
        customers, _, banks = rest.partition("//")
        reference = banks.strip()
        text = " ".join(" ".join(field.lines[1:]).split())
        if not text:
            customers = customers.strip()
            text = kind.strip() if customers.upper() in _NO_REFERENCE else customers
        self._extension = []
        self._entry = Entry(
            field.line,
            moment,
            amount,
            text,
            "" if reference.upper() in _NO_REFERENCE else reference,
        )

    def _end_entry(self) -> None:
        if self._entry is None:
            return
        text = details_text(self._details) if self._details else ""
        text = text or extension_text(self._extension)
        self._entries.append(replace(self._entry, description=text) if text else self._entry)
        self._entry, self._details = None, []
        self._extension = []

    def end(self, last_line: int) -> Statement:
        """The statement.

        Args:
            last_line: of the file.
        """
        self._end_entry()
        is_report = self._is_report and self._opening is self._closing is None
        if is_report:
            self._check_sums()
        elif self._opening is None:
            raise cut_off("the statement has no opening balance (:60F:)", self._line)
        elif self._closing is None:
            raise cut_off(
                f"the statement of line {self._line} has no closing balance (:62F:)", last_line
            )
        else:
            self._money.check_balances(self._opening, self._closing, self._entries, self._currency)
        return Statement(
            account_number=self._account_number(),
            currency=self._currency or None,
            entries=self._entries,
            skipped=self._skipped,
            opening=self._opening,
            closing=self._closing,
            notes=(*self._notes, _INTRADAY) if is_report else self._notes,
        )

    def _account_number(self) -> str:
        """The number without the currency that some banks add to it."""
        number = self._account.removesuffix(self._currency)
        return number if number[-1:].isdigit() else self._account

    def _check_sums(self) -> None:
        """Compare a report's own sums, where it has some, with its entries.

        Which of the two a reversal counts for is left to the bank.
        """
        if self._has_reversals:
            return
        for tag, (count, total, line) in self._sums.items():
            sign = 1 if tag == "90C" else -1
            amounts = [
                sign * each.amount_minor for each in self._entries if sign * each.amount_minor > 0
            ]
            if (len(amounts), sum(amounts)) == (count, total):
                continue
            raise InvalidLine(
                f"the report does not add up: by its own sum there are {count} entries of "
                f"{self._money.shown(total, self._currency)}, and it has {len(amounts)} of "
                f"{self._money.shown(sum(amounts), self._currency)}",
                advice=f"an entry may be missing or damaged: {AGAIN}",
            ).at_line(line)


def _day(text: str) -> date:
    """A day as ``YYMMDD``; those of 80 and later are of the last century."""
    try:
        return date(_year(text), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise InvalidTime(
            f"{quoted(text)} is not a date of MT940", advice=BY_HAND, time=text
        ) from None


def _year(text: str) -> int:
    year = int(text[:2])
    return year + (1900 if year >= 80 else 2000)


def _booking_day(value_day: str, booked: str) -> date:
    """The day of booking; without one the day of value.

    It has no year: it is the day nearest to that of value, be it over New Year. Some banks have
    interest valued on the 30th of February, which is a day only for that.
    """
    if not booked.strip():
        return _day(value_day)
    year, month = _year(value_day), int(value_day[2:4])
    near = year * 372 + month * 31 + int(value_day[4:])
    days = []
    for each in (year - 1, year, year + 1):
        try:
            days.append(date(each, int(booked[:2]), int(booked[2:])))
        except ValueError:
            continue
    if not days or not 1 <= month <= 12:
        raise InvalidTime(
            f"{quoted(value_day + booked)} is not a date of MT940",
            advice=BY_HAND,
            time=value_day + booked,
        )
    return min(days, key=lambda day: abs(day.year * 372 + day.month * 31 + day.day - near))
