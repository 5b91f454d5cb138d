"""What ``--to`` of an export says: its format, and the end of its period."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import typer

from ledger.cli.environment import Environment
from ledger.cli.export_file_names import account_for_file, empty_name, misnamed, no_format
from ledger.cli.mistyped import nearest
from ledger.cli.retyped import typed_again
from ledger.errors import InvalidUsage
from ledger.exchange.exports import FORMATS, format_by_ending

_DAYS: Final = ("today", "yesterday")


def complete_to(ctx: typer.Context, incomplete: str) -> list[str]:
    """The formats, unless one is given already; there is no telling which time is meant."""
    if any(each.lower() in FORMATS for each in ctx.params.get("to") or ()):
        return []
    return [name for name in FORMATS if name.startswith(incomplete)]


def format_and_end(env: Environment, file: str, given: Sequence[str]) -> tuple[str, str | None]:
    """The format of an export, and the end of its period as it was typed; None for no such end.

    Args:
        file: whose name says which format it is to be in, where nothing else does.
        given: all that was given with ``--to``.

    Raises:
        InvalidUsage: no format is given, or two formats or ends, or there is no such format, or
            the file is named as no such file is.
    """
    formats = list(dict.fromkeys(each.lower() for each in given if each.lower() in FORMATS))
    ends = [each for each in given if each.lower() not in FORMATS]
    for each in ends:
        if not each[:1].isdigit() and each.lower() not in _DAYS:
            raise _no_such_format(env, file, each, given)
    for twice, what in ((formats, "formats"), (ends, "ends of the period")):
        if len(twice) > 1:
            named = [each for each in formats if each == format_by_ending(file)]
            one = {"to": [*(named or formats)[:1], *ends[:1]]}
            raise InvalidUsage(
                f"two {what} are given: {twice[0]} and {twice[1]}",
                advice=f"give one of them: {typed_again(env, one)}",
            )
    if not file:
        raise empty_name(env, formats, ends)
    by_name = format_by_ending(file)
    if by_name is None and os.sep not in file and file != "-":
        forgotten = account_for_file(env, file, formats, ends)
        if forgotten is not None:
            raise forgotten
    if by_name is None and not formats:
        raise no_format(env, file, ends)
    if by_name is not None and formats and by_name != formats[0]:
        raise misnamed(env, file, by_name, formats[0], ends)
    return formats[0] if formats else by_name or "", ends[0] if ends else None


def _no_such_format(env: Environment, file: str, wrong: str, given: Sequence[str]) -> InvalidUsage:
    by_name = format_by_ending(file)
    near = [by_name] if by_name else nearest(wrong, list(FORMATS)) or list(FORMATS)
    others = [each for each in given if each != wrong and each.lower() not in FORMATS]
    return InvalidUsage(
        f"{wrong!a} is neither a format to export to nor a time",
        advice=f"formats are {', '.join(FORMATS)}: {typed_again(env, {'to': [near[0], *others]})}",
    )
