"""camt.053 and camt.052: one statement for each account in a file.

Only booked entries move money. The direction of an entry is its ``CdtDbtInd`` alone: by the
definition of the messages, that says whether the entry is a credit or a debit, and ``RvslInd`` that
it is the result of a reversal; with a credit that is one, the original operation was a debit. So a
reversal does not turn an entry round; it only tells whose names are the other party's. Charges
(``Chrgs``) are part of the amount, or entries of their own.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from ledger.bank_statements.cells.amounts import currency_mismatch
from ledger.bank_statements.formats.camt_elements import REPORT, Element, Handler, read_message
from ledger.bank_statements.formats.camt_texts import description_of, reference_of
from ledger.bank_statements.formats.joining import joined, told_lines, with_sure_references
from ledger.bank_statements.formats.money import Money
from ledger.bank_statements.formats.source import BY_HAND, quoted, unreadable
from ledger.bank_statements.statement import Entry, Skipped, StatedBalance, Statement
from ledger.errors import InvalidLine, InvalidTime, LedgerError

_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = "CLBD"
_SIGNS: Final = {"CRDT": 1, "DBIT": -1}
_LEFT_OUT: Final = {
    "PDNG": "it is pending",
    "FUTR": "it is to be booked later",
    "INFO": "it is for information only",
}
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[-+][0-9]{2}:[0-9]{2})?", re.ASCII)
_INTRADAY: Final = (
    "the file is a report of the day (camt.052); its entries come again in the statement (camt.053)"
)


def read_camt(content: bytes, money: Money) -> list[Statement]:
    """The statements in a camt.053, or the reports in a camt.052.

    Raises:
        InvalidInput: an entry cannot be read, or a statement does not add up (the error names the
            line), or the file is another message.
        InvalidUsage: what reads XML is not installed.
        CurrencyMismatch: an entry is not in the currency of its account.
    """
    reader = _AccountReader(money)
    read_message(content, reader)
    if not reader.found:
        raise InvalidLine(
            "the message has no statement of an account",
            advice="download the statement from the bank again",
        )
    return [with_sure_references(each) for each in joined(reader.found, money)]


class _AccountReader(Handler):
    def __init__(self, money: Money) -> None:
        self._money = money
        self.found: list[Statement] = []

    def begin_account(self, kind: str, line: int) -> None:
        self._is_report = kind == REPORT
        self._line = line
        self._number = ""
        self._currency = ""
        self._entries: list[Entry] = []
        self._skipped: list[Skipped] = []
        self._balances: dict[str, StatedBalance] = {}
        self._not_split: list[int] = []

    def part(self, element: Element) -> None:
        try:
            if element.tag == "Acct":
                self._number = element.text_at("Id/IBAN", "Id/Othr/Id", "Id/PrtryAcct/Id")
                self._currency = element.text_at("Ccy")
            elif element.tag == "Bal":
                self._balance(element)
            else:
                self._entry(element)
        except LedgerError as refusal:
            raise refusal.at_line(element.line) from None

    def _balance(self, element: Element) -> None:
        kind = element.text_at("Tp/CdOrPrtry/Cd")
        if kind not in (*_OPENING, _CLOSING):
            return
        day = element.first("Dt")
        moment = None if day is None else _moment(day)
        stated = StatedBalance(
            element.line,
            self._signed(element),
            moment.date() if isinstance(moment, datetime) else moment,
        )
        if kind in self._balances and self._balances[kind].amount_minor != stated.amount_minor:
            first = self._balances[kind].line
            raise unreadable(
                f"there is another balance {kind} in line {first}, of another amount", element.line
            )
        self._balances[kind] = stated

    def _signed(self, element: Element, direction: str = "") -> int:
        """The amount of an element in minor units of the account's currency."""
        stated = element.first("Amt")
        if stated is None or not stated.text:
            raise unreadable("there is no amount (Amt)", element.line)
        currency = stated.attributes.get("Ccy", "") or self._currency
        self._currency = self._currency or currency
        if currency != self._currency:
            raise currency_mismatch("the amount", currency or "no currency", self._currency)
        amount = self._money.read(stated.text, currency, point_is_certain=True)
        direction = element.text_at("CdtDbtInd") or direction
        sign = _SIGNS.get(direction)
        if sign is None or amount < 0:
            raise unreadable(
                f"the direction (CdtDbtInd) {quoted(direction)} with the amount "
                f"{quoted(stated.text)} is neither money in nor money out",
                element.line,
            )
        return sign * amount

    def _entry(self, element: Element) -> None:
        line = element.line
        amount = self._signed(element)
        status = element.text_at("Sts/Cd", "Sts/Prtry", "Sts")
        if status != "BOOK" and (status or self._is_report):
            reason = _LEFT_OUT.get(status, f"its status is {quoted(status)}")
            self._skipped.append(Skipped(line, reason, guessed=status != "INFO"))
            return
        booked = element.first("BookgDt", "ValDt")
        if booked is None:
            raise unreadable("the entry has no date (BookgDt)", line)
        moment = _moment(booked)
        if amount == 0:
            self._skipped.append(Skipped(line, "its amount is zero"))
            return
        details = element.all("NtryDtls/TxDtls")
        reference = reference_of(element, details)
        split = self._split(element, details, amount)
        if not split:
            text = description_of(element, details, amount)
            self._entries.append(Entry(line, moment, amount, text, reference))
            return
        for number, (detail, part) in enumerate(zip(details, split, strict=True), 1):
            text = description_of(element, [detail], part)
            own = reference_of(detail, []) or (f"{reference}/{number}" if reference else "")
            self._entries.append(Entry(detail.line, moment, part, text, own))

    def _split(self, entry: Element, details: list[Element], amount: int) -> list[int]:
        """The amounts of an entry's details where they make up the entry; else none."""
        if len(details) < 2:
            return []
        direction = entry.text_at("CdtDbtInd")
        parts = []
        for detail in details:
            stated = detail if detail.first("Amt") else detail.first("AmtDtls/TxAmt")
            if stated is None:
                return []
            own = detail.text_at("CdtDbtInd") or direction
            try:
                parts.append(self._signed(stated, own))
            except LedgerError:  # in another currency, say: then it is told as one entry
                parts.append(0)
        if sum(parts) == amount and all(parts):
            return parts
        self._not_split.append(entry.line)
        return []

    def end_account(self) -> None:
        opening = next((self._balances[each] for each in _OPENING if each in self._balances), None)
        closing = self._balances.get(_CLOSING)
        notes = [_INTRADAY] if self._is_report else []
        if opening and closing and not self._is_report:
            self._money.check_balances(opening, closing, self._entries, self._currency)
        if self._not_split:
            notes.append(
                f"{told_lines(self._not_split)}: the amounts of the details do not make up the "
                "entry's, so it is taken as one"
            )
        self.found.append(
            Statement(
                account_number=self._number,
                currency=self._currency or None,
                entries=self._entries,
                skipped=self._skipped,
                opening=opening,
                closing=closing,
                notes=tuple(notes),
            )
        )


def _moment(element: Element) -> date | datetime:
    """The day in an element (``Dt``), or its day and time (``DtTm``)."""
    day, moment = element.text_at("Dt"), element.text_at("DtTm")
    text = day or moment or element.text
    try:
        found = _DAY.fullmatch(text)
        if found is not None:
            return date.fromisoformat(found[1])
        if "T" in text:
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidTime(
        f"{quoted(text)} is not a date of ISO 20022", advice=BY_HAND, time=text[:100]
    ).at_line(element.line)
