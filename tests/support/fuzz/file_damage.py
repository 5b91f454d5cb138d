"""Ways in which a file is damaged: what a disk, a cable or a careless copy does to its bytes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

PAGE = 4_096
HEADER = 100
FRAME = 24
"""Bytes before each page in a write-ahead log, whose own header has 32."""

WAYS = ("bit", "bits", "byte", "zeroes", "noise", "cut", "zero page", "swap", "copy", "stale page")


@dataclass(frozen=True)
class Damage:
    """What was done, and to which file and page of it (from 1)."""

    file: str
    page: int
    way: str
    offset: int


def damage(path: Path, stale: Path, dice: random.Random) -> Damage:
    """Damage a file in one way.

    Args:
        stale: the same ledger long ago, some of whose pages come back.
    """
    data = bytearray(path.read_bytes())
    way = dice.choice(WAYS)
    offset = _offset(data, dice)
    start = offset - offset % PAGE
    if way in ("bit", "bits"):
        for _ in range(1 if way == "bit" else dice.randint(2, 6)):
            data[offset] ^= 1 << dice.randrange(8)
            offset = min(offset + dice.randint(0, 3), len(data) - 1)
    elif way == "byte":
        data[offset] = dice.choice([0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)])
    elif way in ("zeroes", "noise"):
        length = min(dice.choice([1, 2, 8, 64, 512]), len(data) - offset)
        data[offset : offset + length] = (
            bytes(length) if way == "zeroes" else dice.randbytes(length)
        )
    elif way == "cut":
        del data[dice.choice([offset, start]) :]
    elif way == "zero page":
        data[start : start + PAGE] = bytes(len(data[start : start + PAGE]))
    elif way in ("swap", "copy"):
        other = _offset(data, dice) // PAGE * PAGE
        here, there = data[start : start + PAGE], data[other : other + PAGE]
        if len(here) == len(there):
            data[start : start + PAGE] = there
            if way == "swap":
                data[other : other + PAGE] = here
    else:
        before = stale.read_bytes()[start : start + PAGE]
        data[start : start + len(before)] = before
    path.write_bytes(data)
    return Damage(path.name, start // PAGE + 1, way, offset)


def _offset(data: bytes | bytearray, dice: random.Random) -> int:
    """Anywhere; more often in the header, and at the ends of pages, where the cells are."""
    kind = dice.randrange(10)
    if kind == 0:
        return dice.randrange(min(HEADER, len(data)))
    if kind == 1:  # the first page: header and schema
        return dice.randrange(min(PAGE, len(data)))
    if kind < 5:  # a page's own header and its list of cells
        page = dice.randrange(max(1, len(data) // PAGE))
        return min(page * PAGE + dice.randrange(40), len(data) - 1)
    return dice.randrange(len(data))
