"""Finding the columns of a statement: by name, by number, and by the names that banks use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from unicodedata import combining, normalize

import msgspec

from ledger.bank_statements.currency_signs import possible_currencies, sign_in
from ledger.bank_statements.statement_format import Column, StatementFormat
from ledger.bank_statements.template import in_braces
from ledger.errors import InvalidLine

# What banks call their columns, in English, German, French, Spanish and Portuguese, without
# accents, the better ones first: the booking date is preferred to the value date.
_NAMES: Final = {
    "date": """
        booking date, booked, posting date, posted date, post date, posted, transaction date,
        trans date, date, completed date, buchungstag, buchungsdatum, buchung, datum,
        date operation, date de l operation, date d operation, date comptable,
        date de comptabilisation, date de transaction, fecha operacion, fecha de operacion,
        fecha contable, fecha, f operacion, data lancamento, data de lancamento, data mov,
        data movimento, data do movimento, data operacao, data da operacao, data da transacao, data,
        value date, valuta, valutadatum, wertstellung, wertstellungsdatum, date valeur,
        date de valeur, fecha valor, f valor, data valor, started date""",
    "amount": """
        amount, transaction amount, booking amount, betrag, umsatz, buchungsbetrag, montant,
        montant de l operation, importe, monto, cantidad, montante, importancia, quantia, valor,
        value""",
    "debit": """
        debit, debits, debit amount, paid out, money out, withdrawal, withdrawals,
        withdrawal amount, amount out, out, soll, lastschrift, belastung, ausgang, ausgaben, sortie,
        montant debit, cargo, cargos, debe, debito, debitos, retiro, salida, saida, saidas""",
    "credit": """
        credit, credits, credit amount, paid in, money in, deposit, deposits, deposit amount,
        amount in, in, haben, gutschrift, eingang, einnahmen, entree, montant credit, abono, abonos,
        haber, ingreso, credito, creditos, deposito, entrada, entradas""",
    "direction": """
        direction, debit credit, credit debit, debit or credit, debit credit indicator,
        credit debit indicator, dr cr, cr dr, d c, c d, soll haben, s h, sens, transaction type,
        type, details, tipo, tipo de movimiento, tipo de movimento""",
    "payee": """
        payee, payee name, merchant, merchant name, counterparty, counterparty name, counter party,
        beneficiary, name, auftraggeber empfanger, auftraggeber begunstigter,
        beguenstigter zahlungspflichtiger, begunstigter zahlungspflichtiger,
        name zahlungsbeteiligter, zahlungsempfanger, zahlungspflichtiger, empfanger, begunstigter,
        tiers, beneficiaire, contrepartie, beneficiario, ordenante, destinatario, contraparte,
        nome""",
    "memo": """
        description, transaction description, memo, narrative, transaction details, particulars,
        details, reference, note, notes, verwendungszweck, beschreibung, buchungstext, betreff,
        text, libelle, libelle operation, libelle de l operation, libelle simplifie,
        nature de l operation, motif, concepto, descripcion, concepto movimiento, detalle,
        movimiento, observaciones, descricao, descritivo, historico, lancamento, movimento, titulo,
        description transaction""",
    "currency": """
        currency, ccy, wahrung, waehrung, devise, divisa, moneda, moeda""",
}


def _words(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split(","))


_WORDS: Final = {role: _words(names) for role, names in _NAMES.items()}
_OUT: Final = _words("""
    debit, debits, dbit, d, dr, db, out, withdrawal, withdraw, payment, soll, s, lastschrift, cargo,
    débito, debito, débit, sortie, salida, saída, saida""")
_IN: Final = _words("""
    credit, credits, crdt, c, cr, in, deposit, haben, h, gutschrift, abono, crédito, credito,
    crédit, entrée, ingreso, entrada""")

_LONGEST: Final = 200
"""Characters; no bank calls a column by so many, and each of the first rows may be the header."""


class NamedColumn(msgspec.Struct, frozen=True):
    """A column by its index, and the currency that its name gives for its amounts."""

    index: int
    currency: str | None


def index_of(column: Column, header: Sequence[str] | None, width: int) -> int:
    """The index of a column, from 0.

    Raises:
        InvalidLine: there is no such column, or there are several of the name.
    """
    if isinstance(column, int):
        if 1 <= column <= width:
            return column - 1
        raise InvalidLine(
            f"there is no column {column}; the statement has {width}",
            advice="columns are numbered from 1",
        )
    if header is None:
        raise InvalidLine(
            f"there is no column {column!r}: the table has no header",
            advice="give columns by number, from 1, or, if there is a header, add the rule: "
            "header = true",
            rule="header",
        )
    for wanted, names in ((column, header), (column.casefold(), [n.casefold() for n in header])):
        if names.count(wanted) == 1:
            return names.index(wanted)
        if wanted in names:
            numbers = [str(number) for number, name in enumerate(names, 1) if name == wanted]
            raise InvalidLine(
                f"there are {len(numbers)} columns {column!r}",
                advice=f"give the right one by its number: {' or '.join(numbers)}",
            )
    raise InvalidLine(
        f"there is no column {column!r}",
        advice=f"the columns are {', '.join(repr(name) for name in header if name)}",
    )


def column_at(index: int, header: Sequence[str]) -> Column:
    """How a format names a column: by its name if no other column has it, else by its number."""
    name = header[index]
    folded = [each.casefold() for each in header]
    return name if name and folded.count(name.casefold()) == 1 else index + 1


def template_field(index: int, header: Sequence[str]) -> str:
    """How a description template names a column."""
    column = column_at(index, header)
    named = in_braces(column) if isinstance(column, str) and not column.isdigit() else None
    return named or f"{{{index + 1}}}"


def find_column(role: str, header: Sequence[str]) -> NamedColumn | None:
    """The column of a header that has a role by its name: ``date``, ``amount`` and so on."""
    spellings = [_spellings(name) if len(name) <= _LONGEST else {} for name in header]
    for word in _WORDS[role]:
        for index, spelled in enumerate(spellings):
            if word in spelled:
                return NamedColumn(index, spelled[word])
    return None


def is_header(cells: Sequence[str], format: StatementFormat) -> bool:
    """Whether a row has a date column and an amount column, or two, as the format or banks call
    them."""

    def has(role: str) -> bool:
        column = getattr(format, role)
        if column is None:
            return find_column(role, cells) is not None
        if isinstance(column, int):
            return column <= len(cells)
        return column.casefold() in (name.casefold() for name in cells)

    wants_two = format.debit is not None
    return has("date") and (
        (not wants_two and has("amount"))
        or (format.amount is None and has("debit") and has("credit"))
    )


def direction_words(values: set[str]) -> tuple[str, str] | None:
    """The words for money out and money in, if a column has no others; else None.

    Where only one of them occurs, the other is its usual partner.
    """
    out = {value for value in values if value.casefold() in _OUT}
    into = {value for value in values if value.casefold() in _IN}
    if len(out) > 1 or len(into) > 1 or out | into != values or not values:
        return None
    return next(iter(out), _partner(into)), next(iter(into), _partner(out))


def _partner(words: set[str]) -> str:
    pairs = (
        *(("D", "C"), ("DR", "CR"), ("DBIT", "CRDT"), ("Debit", "Credit"), ("S", "H")),
        *(("Soll", "Haben"), ("Out", "In"), ("Withdrawal", "Deposit"), ("Cargo", "Abono")),
        *(("Lastschrift", "Gutschrift"), ("Sortie", "Entrée"), ("Saída", "Entrada")),
    )
    for pair in pairs:
        for word, partner in (pair, pair[::-1]):
            if word.casefold() in (each.casefold() for each in words):
                return partner
    return "-"


def _spellings(name: str) -> dict[str, str | None]:
    """The ways to read a column's name, without accents and punctuation, each with its currency.

    ``Betrag (EUR)`` and ``Umsatz in €`` are read as *betrag* and *umsatz*.
    """
    sign = sign_in(name)
    if sign is None:
        return {_bare(name): None}
    possible = possible_currencies(sign.group()) or frozenset()
    currency = next(iter(possible)) if len(possible) == 1 else None
    rest = _bare(name[: sign.start()] + name[sign.end() :])
    return {_bare(name): currency, rest: currency, rest.removesuffix(" in"): currency}


def _bare(name: str) -> str:
    bare = "".join(mark for mark in normalize("NFKD", name.casefold()) if not combining(mark))
    return " ".join("".join(mark if mark.isalnum() else " " for mark in bare).split())
