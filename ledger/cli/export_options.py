"""What ``--to`` of an export says: its format, and the end of its period."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import typer

from ledger.cli.environment import Environment
from ledger.cli.mistyped import nearest
from ledger.cli.retyped import command, typed_again
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
        InvalidUsage: no format is given, or two formats or ends, or there is no such format.
    """
    formats = list(dict.fromkeys(each.lower() for each in given if each.lower() in FORMATS))
    ends = [each for each in given if each.lower() not in FORMATS]
    for each in ends:
        if not each[:1].isdigit() and each.lower() not in _DAYS:
            raise _no_such_format(env, each, given)
    for twice, what in ((formats, "formats"), (ends, "ends of the period")):
        if len(twice) > 1:
            one = {"to": [*formats[:1], *ends[:1]]}
            raise InvalidUsage(
                f"two {what} are given: {twice[0]} and {twice[1]}",
                advice=f"give one of them: {typed_again(env, one)}",
            )
    chosen = formats[0] if formats else format_by_ending(file)
    if chosen is None:
        raise _no_format(env, file, ends)
    return chosen, ends[0] if ends else None


def _no_format(env: Environment, file: str, ends: Sequence[str]) -> InvalidUsage:
    message = "nothing says which format to export to"
    if file != "-":
        message = f"{os.path.basename(file)!a} does not say which format to export to"
    if file.endswith(".jsonl"):  # what the log itself is exported to
        return InvalidUsage(
            message, advice=f"to export the log: {command(env, 'export-events', file)}"
        )
    first = next(iter(FORMATS))
    return InvalidUsage(
        message,
        advice=f"say it with --to, which takes {', '.join(FORMATS)} and the end of the period: "
        f"{typed_again(env, {'to': [first, *ends]})}",
    )


def _no_such_format(env: Environment, wrong: str, given: Sequence[str]) -> InvalidUsage:
    near = nearest(wrong, list(FORMATS)) or list(FORMATS)[:1]
    others = [each for each in given if each != wrong and each.lower() not in FORMATS]
    return InvalidUsage(
        f"{wrong!a} is neither a format to export to nor a time",
        advice=f"formats are {', '.join(FORMATS)}: {typed_again(env, {'to': [near[0], *others]})}",
    )
