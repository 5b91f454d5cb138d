"""Amounts that some banks write with three decimals, the last of them zero: ``-20,000``."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.bank_statements.cells.amounts import is_blank, number_pattern, split_amount


def have_thousandths(texts: Iterable[str], decimal_mark: str, thousands_mark: str) -> bool:
    """Whether all amounts are written so, and one of them has no other reading.

    ``1500,000`` has none: its comma does not stand between thousands.
    """
    point, other = number_pattern(decimal_mark, thousands_mark), "." if decimal_mark == "," else ","
    as_thousands = number_pattern(other, decimal_mark)
    is_proven = False
    for text in texts:
        if is_blank(text):
            continue
        parts = split_amount(text)
        digits = None if parts is None else point.fullmatch(parts.number)
        if parts is None or digits is None:
            return False
        fraction = digits[2] or ""
        if len(fraction) != 3 or fraction[2] != "0":
            return False
        is_proven = is_proven or as_thousands.fullmatch(parts.number) is None
    return is_proven
