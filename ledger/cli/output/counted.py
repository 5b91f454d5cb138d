"""Numbers of things in words."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, thing: str) -> str:
    """So many of a thing, with its plural: ``1 event``, ``2 events``, ``2 entries``."""
    if number == 1:
        return f"{number} {thing}"
    return (
        f"{number} {thing.removesuffix('y')}ies" if thing.endswith("ry") else f"{number} {thing}s"
    )


def listed(things: Sequence[object]) -> str:
    """Some things in a sentence: one, two and three."""
    *first, last = map(str, things)
    return f"{', '.join(first)} and {last}" if first else last


def left_out(entries: int) -> str:
    """Says how many entries are left out together with their reversals."""
    one = entries == 1
    return (
        f"{counted(entries, 'entry')} that {'was' if one else 'were'} reversed "
        f"{'is' if one else 'are'} left out"
    )
