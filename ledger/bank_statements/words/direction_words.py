"""The words for money out and money in."""

from __future__ import annotations

from typing import Final

from ledger.bank_statements.words.plain import plain

_PAIRS: Final = """
    D C, D K, DR CR, DBIT CRDT, DB CR, DBT CDT, DEB CRE, D H, Debit Credit, Debits Credits, Out In,
    Withdrawal Deposit, Withdraw Deposit, Payment Deposit, Paid_out Paid_in, Money_out Money_in,
    Outgoing Incoming, Outflow Inflow, Sent Received, Expense Income,
    S H, Soll Haben, Lastschrift Gutschrift, Belastung Gutschrift, Ausgang Eingang,
    Ausgabe Einnahme, Auszahlung Einzahlung, Abgang Zugang,
    Af Bij, Debet Credit, Debet Kredit, Ut In, Ut Inn, Ud Ind, Uttag Insättning, Otto Pano,
    Débit Crédit, Sortie Entrée, Dépense Recette,
    Cargo Abono, Débito Crédito, Debe Haber, Salida Ingreso, Salida Entrada, Egreso Ingreso,
    Gasto Ingreso, Retiro Depósito, Saída Entrada, Despesa Receita,
    Dare Avere, Uscita Entrata, Addebito Accredito,
    Obciążenie Uznanie, Wydatek Wpływ, Wn Ma, Wypłata Wpłata,
    Výdaj Příjem, Odchozí Příchozí, Terhelés Jóváírás,
    Ab An, Ab Zu, Decrease Increase, Deebet Kreedit, Debetas Kreditas, Debets Kredits,
    Debit Kredit, Borç Alacak, Дебет Кредит, Расход Приход, Списание Зачисление, Keluar Masuk,
    支払い 入金, 出金 入金, 支払 預入, 支出 收入, 支出 収入, - +
"""
_COMING_IN: Final = """
    topup, top up, salary, payroll, payroll deposit, direct deposit, directdep, refund, cashback,
    interest earned, interest paid to you, interest credit, gehalt, lohn, nomina, salaire, dividend,
    dividends, interest, income, bonus, wages, zinsen, zins, interets, intereses, juros, interessi
"""
"""Kinds of entries that bring money in, whatever else is in their column."""


_SIGNS: Final = str.maketrans("\u2212\u2013", "--")


def normal(word: str) -> str:
    """A word as it is compared: without accents, capitals and points; a sign stays."""
    return plain(word) or word.strip(" ().").translate(_SIGNS)


def _read(pairs: str) -> list[tuple[str, str]]:
    found = (pair.split() for pair in pairs.split(","))
    return [(out.replace("_", " "), into.replace("_", " ")) for out, into in found]


PAIRS: Final = _read(_PAIRS)
OUT: Final = frozenset(normal(out) for out, _ in PAIRS)
INTO: Final = frozenset(normal(into) for _, into in PAIRS)
PAIRS_OF_NAMED_COLUMNS: Final = [("D", "A")]
"""Pairs that say so only in a column whose name says that it gives the direction: Dare, Avere."""
KINDS_IN: Final = frozenset(" ".join(kind.split()) for kind in _COMING_IN.split(",")) | INTO


def partner(word: str, column: str = "") -> str:
    """The usual word for the other direction; the one that the column's name begins with, if any.

    Args:
        column: the name, such as ``D/K`` or ``Deebet/Kreedit``.
    """
    others = [
        other
        for pair in PAIRS + PAIRS_OF_NAMED_COLUMNS
        for one, other in (pair, pair[::-1])
        if normal(one) == normal(word)
    ]
    named = plain(column).split()
    for other in others:
        if any(part.startswith(normal(other)) for part in named if normal(other)):
            return other
    return others[0]
