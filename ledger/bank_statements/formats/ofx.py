"""OFX and QFX: one statement for each account and card in a file."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from msgspec.structs import replace

from ledger.bank_statements.cells.amounts import currency_mismatch
from ledger.bank_statements.formats.joining import (
    described,
    joined,
    told_lines,
    with_sure_references,
)
from ledger.bank_statements.formats.money import Money
from ledger.bank_statements.formats.ofx_elements import Aggregate, read_elements
from ledger.bank_statements.formats.source import BY_HAND, quoted, read_source, unreadable
from ledger.bank_statements.statement import Entry, Skipped, StatedBalance, Statement
from ledger.errors import InvalidLine, InvalidTime, LedgerError

_CHARSET: Final = re.compile(rb"CHARSET:\s*([\w-]+)|encoding\s*=\s*[\"']([\w-]+)", re.IGNORECASE)
_HEADER: Final = 2_000
"""Bytes."""
_DATE: Final = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})"
    r"(?:([0-9]{2})([0-9]{2})([0-9]{2})?(?:\.([0-9]{1,6})[0-9]*)?)?"
    r"\s*(?:\[\s*([-+]?)([0-9]{1,2})(?:([.:])([0-9]{1,2}))?(?::[^\]]*)?\])?",
    re.ASCII,
)
_PENDING: Final = ("Y", "YES", "TRUE", "1")


def read_ofx(content: bytes, money: Money, encoding: str | None = None) -> list[Statement]:
    """The statements in an OFX file.

    Args:
        encoding: None for what the file says.

    Raises:
        InvalidInput: a line cannot be read; the error names it.
        CurrencyMismatch: an entry is not in the currency of its account.
    """
    source = read_source(content, encoding, _declared(content))
    found: list[Statement] = []
    reader = _StatementReader(money, source.notes)
    investments: list[int] = []
    refused = ""
    for aggregate in read_elements(source.text):
        if aggregate.tag in ("STMTTRN", "STMTTRNP"):
            if _statement_of(aggregate) != "INVSTMTRS":
                reader.add(aggregate)
        elif aggregate.tag in ("STMTRS", "CCSTMTRS"):
            found.append(reader.end(aggregate))
            reader = _StatementReader(money, source.notes)
        elif aggregate.tag == "INVSTMTRS":
            investments.append(aggregate.line)
            reader = _StatementReader(money, source.notes)
        elif aggregate.tag == "STATUS" and aggregate.value("SEVERITY").upper() == "ERROR":
            refused = refused or aggregate.value("MESSAGE", "CODE")
    if not found:
        raise _no_statement(investments, refused)
    statements = [with_sure_references(each) for each in joined(found, money)]
    if investments:
        note = f"what the file says of investments ({told_lines(investments)}) is left out"
        statements = [replace(each, notes=(*each.notes, note)) for each in statements]
    return statements


def _declared(content: bytes) -> str | None:
    found = _CHARSET.search(content[:_HEADER])
    if found is None:
        return None
    name = (found[1] or found[2]).decode("ascii").lower()
    if name.removeprefix("iso-") in ("1252", "8859-1", "ansi"):
        return "cp1252"  # which has all of ISO 8859-1
    return f"cp{name}" if name.isdigit() else name


def _no_statement(investments: list[int], refused: str) -> LedgerError:
    if investments:
        return InvalidLine(
            "the file is about investments only, which are not imported",
            advice="download the statement of the bank account or card that belongs to them",
        ).at_line(investments[0])
    said = f"; the bank's server said: {quoted(refused)}" if refused else ""
    return InvalidLine(
        f"the OFX file has no statement of an account or card{said}",
        advice="download the statement from the bank again",
    )


class _StatementReader:
    """Gathers the transactions of one account.

    They come before the end of their statement, which says whose they are; the currency stands
    before them, as the standard has it, or is waited for.
    """

    def __init__(self, money: Money, notes: tuple[str, ...]) -> None:
        self._money = money
        self._notes = list(notes)
        self._entries: dict[int, Entry] = {}
        self._by_id: dict[str, int] = {}
        self._count = 0
        self._skipped: list[Skipped] = []
        self._currency = ""
        self._waiting: list[Aggregate] = []
        self._opposite: list[int] = []

    def add(self, transaction: Aggregate) -> None:
        self._currency = self._currency or _currency_of(transaction)
        if not self._currency:
            self._waiting.append(transaction)
            return
        try:
            self._read(transaction)
        except LedgerError as refusal:
            raise refusal.at_line(transaction.line) from None

    def _read(self, transaction: Aggregate) -> None:
        line = transaction.line
        if transaction.tag == "STMTTRNP" or transaction.value("PENDING").upper() in _PENDING:
            self._skipped.append(Skipped(line, "it is pending", guessed=True))
            return
        other = transaction.parts.get("CURRENCY")
        if other is not None and other.value("CURSYM").upper() not in ("", self._currency):
            raise currency_mismatch("the entry", other.value("CURSYM"), self._currency)
        amount = self._money.read(_needed(transaction, "TRNAMT"), self._currency)
        moment = _moment(_needed(transaction, "DTPOSTED"))
        if self._is_correction(transaction):
            return
        if amount == 0:
            self._skipped.append(Skipped(line, "its amount is zero"))
            return
        kind = transaction.value("TRNTYPE").upper()
        if (kind == "DEBIT" and amount > 0) or (kind == "CREDIT" and amount < 0):
            self._opposite.append(line)
        reference = transaction.value("FITID")
        self._count += 1
        self._by_id[reference] = self._count
        self._entries[self._count] = Entry(
            line, moment, amount, _description(transaction), reference
        )

    def _is_correction(self, transaction: Aggregate) -> bool:
        """Whether a transaction takes the place of another, or takes it away."""
        corrected = transaction.value("CORRECTFITID")
        if not corrected:
            return False
        deletes = transaction.value("CORRECTACTION").upper() == "DELETE"
        place = self._by_id.get(corrected)
        does = "takes back" if deletes else "replaces"
        told = f"it {does} the bank's entry {quoted(corrected)}"
        if place in self._entries:
            gone = self._entries.pop(place)
            self._skipped.append(
                Skipped(gone.line, f"line {transaction.line} {does} it", guessed=True)
            )
            if deletes:
                self._skipped.append(Skipped(transaction.line, told, guessed=True))
            return deletes
        self._skipped.append(
            Skipped(transaction.line, f"{told}, which is not in the file", guessed=True)
        )
        return True

    def end(self, statement: Aggregate) -> Statement:
        stated = statement.value("CURDEF").upper()
        self._currency = stated or self._money.currency
        for transaction in self._waiting:
            self.add(transaction)
        account = statement.parts.get("BANKACCTFROM") or statement.parts.get("CCACCTFROM")
        entries = _without_times_of_no_meaning(list(self._entries.values()))
        self._check_directions(entries)
        return Statement(
            account_number=account.value("ACCTID") if account else "",
            currency=stated or None,
            entries=entries,
            skipped=sorted(self._skipped, key=lambda each: each.line),
            closing=self._closing(statement.parts.get("LEDGERBAL")),
            notes=tuple(self._notes),
        )

    def _check_directions(self, entries: list[Entry]) -> None:
        """Amounts are signed, whatever the type of a transaction; but some banks leave that out."""
        if not self._opposite:
            return
        if len({entry.amount_minor > 0 for entry in entries}) == 1:
            raise unreadable(
                "the type of the transaction (TRNTYPE) and the sign of its amount contradict each "
                "other, and all amounts of the statement have the same sign",
                self._opposite[0],
                "this bank does not sign its amounts as OFX has it; download the statement in "
                "another format, such as CSV",
            )
        self._notes.append(
            f"{told_lines(self._opposite)}: the type (TRNTYPE) is DEBIT with money in or CREDIT "
            "with money out; the sign of the amount is what counts"
        )

    def _closing(self, balance: Aggregate | None) -> StatedBalance | None:
        if balance is None or not balance.value("BALAMT"):
            return None
        try:
            amount = self._money.read(balance.value("BALAMT"), self._currency)
        except LedgerError as refusal:
            raise refusal.at_line(balance.line) from None
        try:
            day = _moment(balance.value("DTASOF"))
        except InvalidTime:  # some banks write zeros; no entry depends on it
            return StatedBalance(balance.line, amount, None)
        return StatedBalance(balance.line, amount, day.date() if isinstance(day, datetime) else day)


def _without_times_of_no_meaning(entries: list[Entry]) -> list[Entry]:
    """The entries by day, where all have noon or midnight, as banks write that know no time."""
    times = {
        each.moment.timetz() if isinstance(each.moment, datetime) else None for each in entries
    }
    if len(times) != 1:
        return entries
    (moment,) = times
    if moment is None or moment.replace(tzinfo=None) not in (time(0), time(12)):
        return entries
    return [
        replace(each, moment=each.moment.date()) if isinstance(each.moment, datetime) else each
        for each in entries
    ]


def _around(transaction: Aggregate) -> Aggregate | None:
    """The statement around a transaction."""
    around = transaction.inside
    while around is not None and not around.tag.endswith("STMTRS"):
        around = around.inside
    return around


def _statement_of(transaction: Aggregate) -> str:
    """What kind of statement a transaction is in."""
    around = _around(transaction)
    return around.tag if around else ""


def _currency_of(transaction: Aggregate) -> str:
    """The currency that the statement around a transaction has named so far."""
    around = _around(transaction)
    return around.value("CURDEF").upper() if around else ""


def _needed(transaction: Aggregate, tag: str) -> str:
    value = transaction.value(tag)
    if not value:
        raise unreadable(f"the transaction has no {tag}", transaction.line)
    return value


def _moment(text: str) -> date | datetime:
    """A day, or a moment; one without an offset is meant as it is written.

    The standard takes a time without an offset as UTC. Banks write local days with a time that
    means nothing, and would land on the day before.
    """
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day = (int(found[group]) for group in (1, 2, 3))
        if found[4] is None:
            return date(year, month, day)
        zone = None
        if found[9] is not None:
            minutes = int(found[11] or 0)
            if found[10] == ".":  # hours as a decimal
                minutes = minutes * 60 // 10 ** len(found[11])
            offset = timedelta(hours=int(found[9]), minutes=minutes)
            zone = timezone(-offset if found[8] == "-" else offset)
        return datetime(  # noqa: DTZ001 - the zone is None where the file gives none
            *(year, month, day, int(found[4]), int(found[5]), int(found[6] or 0)),
            int((found[7] or "").ljust(6, "0")),
            zone,
        )
    except ValueError:
        raise InvalidTime(
            f"{quoted(text)} is not a date of OFX", advice=BY_HAND, time=text[:100]
        ) from None


def _description(transaction: Aggregate) -> str:
    payee = transaction.parts.get("PAYEE")
    name = transaction.value("NAME") or (payee.value("NAME") if payee else "")
    text = described(name, transaction.value("MEMO"))
    if text:
        return text
    kind, number = transaction.value("TRNTYPE"), transaction.value("CHECKNUM", "REFNUM")
    return " ".join(filter(None, (kind.capitalize(), number)))
