"""Banks' files in formats of their own: as a bank writes them, and damaged in any way."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from ledger.bank_statements.reading import read_statements
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.statement import Statement
from ledger.errors import LedgerError
from tests.support.fuzz.byte_mutations import corrupt

NAMES: Final = (
    "Shop",
    "Café Zürich",
    "A & B",
    "<OFX>",
    ":61:",
    "!Type",
    "'quoted'",
    "?20x",
    "x" * 70,
)


class Movement(NamedTuple):
    day: date
    cents: int
    name: str


class Way(NamedTuple):
    """How a bank writes: everything that does not change what a file says."""

    end: str
    encoding: str
    comma: bool
    closing_tags: bool
    is_wide: bool


movements = st.lists(
    st.builds(
        Movement,
        st.dates(date(2000, 1, 1), date(2079, 12, 31)),
        st.integers(-(10**9), 10**9),
        st.sampled_from(NAMES),
    ),
    max_size=5,
)
ways = st.builds(
    Way,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
PLAIN: Final = Way("\n", "utf-8", comma=False, closing_tags=True, is_wide=True)


def _decimal(cents: int, mark: str = ".") -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}{mark}{abs(cents) % 100:02}"


def _ofx(moved: list[Movement], way: Way) -> str:
    def value(tag: str, text: str) -> str:
        closing = f"</{tag}>" if way.closing_tags else ""
        return f"<{tag}>{text}{closing}" + ("\n" if way.is_wide else "")

    entries = "".join(
        "<STMTTRN>\n"
        + value("NAME", "" if number % 3 else escape(each.name))
        + value("DTPOSTED", f"{each.day:%Y%m%d}")
        + value("TRNAMT", _decimal(each.cents, "," if way.comma else "."))
        + value("FITID", str(number))
        + value("MEMO", escape(each.name))
        + "</STMTTRN>\n"
        for number, each in enumerate(moved)
    )
    return (
        f"OFXHEADER:100\nDATA:OFXSGML\nCHARSET:1252\n\n<OFX><STMTRS>{value('CURDEF', 'EUR')}"
        f"<BANKTRANLIST>\n{entries}</BANKTRANLIST></STMTRS></OFX>\n"
    )


def _camt(moved: list[Movement], way: Way) -> str:
    gap = "\n  " if way.is_wide else ""

    def amount(cents: int) -> str:
        return (
            f'<Amt Ccy="EUR">{_decimal(abs(cents))}</Amt>{gap}'
            f"<CdtDbtInd>{'DBIT' if cents < 0 else 'CRDT'}</CdtDbtInd>{gap}"
        )

    def balance(kind: str, cents: int) -> str:
        return f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{amount(cents)}</Bal>\n"

    entries = "".join(
        f"<Ntry>{gap}{amount(each.cents)}<Sts>BOOK</Sts>{gap}<BookgDt><Dt>{each.day}</Dt></BookgDt>"
        f"{gap}<AddtlNtryInf>{escape(each.name)}</AddtlNtryInf></Ntry>\n"
        for each in moved
    )
    total = sum(each.cents for each in moved)
    encoding = {"utf-8-sig": "utf-8", "cp1252": "windows-1252"}.get(way.encoding, way.encoding)
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>\n'
        f"<Acct><Id><IBAN>DE1</IBAN></Id></Acct>{balance('OPBD', 500)}"
        f"{balance('CLBD', 500 + total)}{entries}</Stmt></BkToCstmrStmt></Document>\n"
    )


def _mt940(moved: list[Movement], way: Way) -> str:
    def balance(cents: int) -> str:
        return f"{'D' if cents < 0 else 'C'}240101EUR{_decimal(abs(cents), ',')}"

    def entry(number: int, each: Movement) -> str:
        marks = ("RC", "D") if each.cents < 0 else ("RD", "C")
        mark = marks[number % 2] + ("R" if way.is_wide else "")
        booked = f"{each.day:%m%d}" if way.closing_tags else ""
        amount = _decimal(abs(each.cents), "," if way.comma else ".")
        text = each.name.replace(":61:", "61")
        return f":61:{each.day:%y%m%d}{booked}{mark}{amount}NTRFNONREF//{number}\n:86:{text}\n"

    entries = "".join(entry(number, each) for number, each in enumerate(moved))
    total = sum(each.cents for each in moved)
    return f":20:X\n:25:DE1\n:60F:{balance(500)}\n{entries}:62F:{balance(500 + total)}\n-\n"


def _qif(moved: list[Movement], way: Way) -> str:
    wide = "D{:%m/%d/%Y}" if way.is_wide else "D{:%Y-%m-%d}"
    entries = "".join(
        f"{wide.format(each.day)}\nT{_decimal(each.cents, ',' if way.comma else '.')}\n"
        f"P{each.name}\n^\n"
        for each in moved
    )
    # The first entry settles the order of day and month.
    return f"!Type:Bank\n{wide.format(date(2001, 1, 31))}\nT0\n^\n{entries}"


WRITERS: Final[dict[str, Callable[[list[Movement], Way], str]]] = {
    "OFX": _ofx,
    "camt": _camt,
    "MT940": _mt940,
    "QIF": _qif,
}


def _written(format: str, moved: list[Movement], way: Way) -> bytes:
    text = WRITERS[format](moved, way).replace("\n", way.end)
    return text.encode(way.encoding)


def _read(content: bytes) -> list[Statement]:
    return read_statements(content, StatementFormat(), "EUR", 2)


def check_written(format: str, moved: list[Movement], way: Way) -> None:
    """What a bank wrote is what is read, in whatever way it wrote it."""
    (statement,) = _read(_written(format, moved, way))
    moves = [each for each in moved if each.cents]
    assert [(entry.moment, entry.amount_minor) for entry in statement.entries] == [
        (each.day, each.cents) for each in moves
    ], (format, moved, way)
    assert all(entry.description for entry in statement.entries)


# ── damaged files ───────────────────────────────────────────────────────────────────────────────

_OFX_AMOUNT: Final = re.compile(r"<TRNAMT\s*>([^<]*)", re.I)
_CAMT_ENTRY: Final = re.compile(r"<Ntry>(.*?)</Ntry>", re.S)
_CAMT_AMOUNT: Final = re.compile(r"<Amt[^>]*>([^<]*)</Amt>")
_CAMT_DIRECTION: Final = re.compile(r"<CdtDbtInd>\s*(\w+)\s*</CdtDbtInd>")
_CAMT_NOT_BOOKED: Final = re.compile(r"<Sts>(?!\s*BOOK\s*</Sts>)")
_MT940_ENTRY: Final = re.compile(
    r"^:61:\s*[0-9]{6}(?:[0-9]{4})?(R?[CD])[A-Z]?([0-9]+[.,]?[0-9]*)", re.M
)
_QIF_AMOUNT: Final = re.compile(r"^\s*[TU](.*)$", re.M)
_OUT: Final = ("DBIT", "D", "RC")


def check_damaged(format: str, case: int) -> bool:
    """A damaged file is refused with a message, or what is read is what its amounts come to.

    Returns:
        Whether it was refused.
    """
    dice = random.Random(case)
    moved = [
        Movement(
            date.fromordinal(dice.randrange(730_000, 750_000)),
            dice.randrange(-(10**7), 10**7),
            dice.choice(NAMES),
        )
        for _ in range(dice.randrange(1, 5))
    ]
    content = corrupt(_written(format, moved, PLAIN), dice)
    try:
        statements = _read(content)
    except LedgerError as refusal:
        error = refusal
    else:
        _check_read(format, case, content, statements)
        return False
    assert error.message, case
    assert error.exit_status in (2, 3), (case, error)
    return True


def check_damaged_file(content: bytes, case: int) -> None:
    """A damaged file of any kind is read, or refused with a message."""
    damaged = corrupt(content, random.Random(case))
    try:
        _read(damaged)
    except LedgerError as refusal:
        error = refusal
    else:
        return
    assert error.message, case
    assert error.exit_status in (2, 3), (case, error)


def _check_read(format: str, case: int, content: bytes, statements: list[Statement]) -> None:
    if any(each.format is not None for each in statements):
        return  # so damaged that it is a table
    if any("again, in another" in each.reason for one in statements for each in one.skipped):
        return  # two whole statements, one of which is left out
    assert all(
        type(entry.amount_minor) is int
        and entry.amount_minor
        and isinstance(entry.moment, date | datetime)
        for each in statements
        for entry in each.entries
    ), case
    read = sum(entry.amount_minor for each in statements for entry in each.entries)
    assert Decimal(read) / 100 in _sums(format, content), (format, case, content)
    for each in statements:
        if each.opening and each.closing and len(statements) == 1 and format != "QIF":
            assert each.opening.amount_minor + read == each.closing.amount_minor, case


def _sums(format: str, content: bytes) -> set[Decimal]:
    """What the amounts of a file come to, by each decimal mark, as a plain search finds them."""
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    found: list[tuple[str, str]]
    if format == "OFX":
        found = [("", each) for each in _OFX_AMOUNT.findall(text)]
    elif format == "camt":
        text = re.sub(r"\s+>", ">", text)
        found = [
            (_CAMT_DIRECTION.findall(entry)[0], _CAMT_AMOUNT.findall(entry)[0])
            for entry in _CAMT_ENTRY.findall(text)
            if not _CAMT_NOT_BOOKED.search(entry)
        ]
    elif format == "MT940":
        found = _MT940_ENTRY.findall(text)
    else:
        found = [("", each) for each in _QIF_AMOUNT.findall(text)]
    return {
        sum(
            (_value(amount, mark) * (-1 if sign in _OUT else 1) for sign, amount in found),
            Decimal(),
        )
        for mark in (".", ",", "")
    }


def _value(text: str, mark: str) -> Decimal:
    """An amount by a decimal mark; by its last mark of any kind where that is empty."""
    text = re.sub(r"[^-+0-9.,]", "", text)
    mark = mark or max(".,", key=text.rfind)
    other = "," if mark == "." else "."
    try:
        return Decimal(text.replace(other, "").replace(mark, "."))
    except InvalidOperation:
        return Decimal()
