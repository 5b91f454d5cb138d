"""Exact sums in SQL, however large: an integer sum has 64 bits there, and is refused beyond."""

from __future__ import annotations


def sum_of(expression: str, *, wide: bool = True, name: str = "") -> str:
    """Two columns of a query that are an exact sum, which `total` puts together.

    Args:
        wide: whether the sum, or a part of it on the way, may be beyond 64 bits.
        name: what the columns are called, with ``_high`` and ``_low``; empty for no names.
    """
    high, low = f"sum(({expression}) >> 32)", f"sum(({expression}) & 4294967295)"
    if not wide:
        high, low = "0", f"sum({expression})"
    return f"{high} AS {name}_high, {low} AS {name}_low" if name else f"{high}, {low}"


def total(high: int | None, low: int | None) -> int:
    """The sum from its two columns; 0 for no rows."""
    return ((high or 0) << 32) + (low or 0)
