"""Changing members of a JSON object in its text, every other character of which stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import msgspec

from ledger.json_text import what_is_wrong

_decode_object: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

_SPACE: Final = re.compile(r"[ \t\r\n]*").match


def rewrite_members(text: str, change: Callable[[str, str], str | None]) -> str:
    """A JSON object's text with the texts of its values changed.

    Args:
        change: called with the name and the JSON text of each member's value, and gives the text
            to have in its place; None to leave the member out.

    Raises:
        ValueError: the text is not a JSON object.
    """
    try:
        values = {name: bytes(value).decode() for name, value in _decode_object(text).items()}
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(what_is_wrong(error, text)) from None
    if _compact(values) == text:  # as ledger itself writes it: many times faster
        changes = {name: change(name, value) for name, value in values.items()}
        return _compact({name: value for name, value in changes.items() if value is not None})
    start = _after_space(text, 0) + 1
    end = text.rindex("}")
    if not values:
        return text
    parts = []
    for part_start, name, value_start, value_end, part_end in _members(text, start):
        value = text[value_start:value_end]
        changed = change(name, value)
        if changed is None:
            continue
        parts.append(text[part_start:value_start] + changed + text[value_end:part_end])
    return text[:start] + ",".join(parts) + text[end:]


def _compact(values: dict[str, str]) -> str:
    """The text of an object without spaces, if no name in it needs an escape."""
    return "{" + ",".join([f'"{name}":{value}' for name, value in values.items()]) + "}"


def _members(text: str, start: int) -> Iterator[tuple[int, str, int, int, int]]:
    """(start, name, start of the value, its end, end) of each member of an object that is right.

    Between two members there is a comma; spaces belong to the member beside them.
    """
    decode = _decoder().raw_decode
    if text[_after_space(text, start)] == "}":
        return
    while True:
        name, colon = decode(text, _after_space(text, start))
        value_start = _after_space(text, _after_space(text, colon) + 1)
        _, value_end = decode(text, value_start)
        end = _after_space(text, value_end)
        yield start, name, value_start, value_end, end
        if text[end] == "}":
            return
        start = end + 1


def _after_space(text: str, at: int) -> int:
    space = _SPACE(text, at)
    return at if space is None else space.end()


@cache
def _decoder() -> json.JSONDecoder:
    """Finds where a value ends; numbers stay texts, so that none is too long to be read."""
    return json.JSONDecoder(parse_int=str, parse_float=str, strict=False)
