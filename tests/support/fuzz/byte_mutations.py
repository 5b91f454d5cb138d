"""Corrupts bytes without knowing what they mean."""

from __future__ import annotations

import random

MORSELS = (
    b"",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\xe2\x80\xa8",  # U+2028, which some take for a line end
    b"\xc3",
    b"\xed\xa0\x80",  # half a surrogate pair
    b"\\ud800",
    b"\\u0000",
    b'"',
    b"'",
    b",",
    b";",
    b"\t",
    b"{",
    b"}",
    b"[" * 3_000,
    b"null",
    b"true",
    b"NaN",
    b"-Infinity",
    b"1e400",
    b"1e-400",
    b"-0.0",
    b"9" * 25,
    b"9" * 5_000,
    b"9223372036854775808",
    b"0.30000000000000004",
    "٣".encode(),
    b"=1+1",
    b"30.02.2026",
    b"0000-00-00",
    b"\x1b[31m",
    b"\x1a",
)


def corrupt(data: bytes, dice: random.Random) -> bytes:
    """The bytes with one to six random changes."""
    for _ in range(dice.choice([1, 1, 1, 2, 3, 6])):
        data = dice.choice(_WAYS)(data, dice)
    return data


def _span(data: bytes, dice: random.Random) -> tuple[int, int]:
    start = dice.randrange(len(data) + 1)
    return start, min(len(data), start + dice.choice([0, 1, 2, 5, 20, 200]))


def _flip(data: bytes, dice: random.Random) -> bytes:
    if not data:
        return data
    place = dice.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << dice.randrange(8))]) + data[place + 1 :]


def _replace(data: bytes, dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:start] + dice.choice(MORSELS) + data[end:]


def _double(data: bytes, dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:end] + data[start:end] + data[end:]


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _swap_lines(data: bytes, dice: random.Random) -> bytes:
    lines = data.split(b"\n")
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _copy_token(data: bytes, dice: random.Random) -> bytes:
    """A piece of it copied to another place."""
    start, end = _span(data, dice)
    place, _ = _span(data, dice)
    return data[:place] + data[start:end] + data[place:]


def _shuffle(data: bytes, dice: random.Random) -> bytes:
    lines = data.split(b"\n")
    dice.shuffle(lines)
    return b"\n".join(lines)


_WAYS = (
    _flip,
    _flip,
    _replace,
    _replace,
    _replace,
    _double,
    _cut,
    _swap_lines,
    _copy_token,
    _shuffle,
)
