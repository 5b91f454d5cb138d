"""What to type instead of a year where a month, a day or a time is needed."""

from __future__ import annotations

import time
from typing import Any, Final

from ledger.cli.environment import Environment
from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import typed_again
from ledger.errors import LedgerError

_OF_THE_PAST: Final = ("lock", "confirm", "archive")
"""The commands that take no time that is still to come."""


def year_alone(env: Environment, error: LedgerError) -> str:
    """The command with the year's first month, its last one, or the whole period from the one to
    the other."""
    if env.typed is None or "line" in error.details:
        return error.advice
    timed = {
        each.opts[0]: each for each in env.typed.command.params if "TIME" in (each.metavar or "")
    }
    year = str(error.details["year"])
    if env.typed.info_name in _OF_THE_PAST and int(year) >= time.gmtime().tm_year:
        return error.advice  # its last month has not ended, and it may be another one
    changes = _changes(env.typed, timed, str(error.details["time"]), year)
    return followed_by(error.advice, typed_again(env, changes)) if changes else error.advice


def _changes(typed: Any, timed: dict[str, Any], text: str, year: str) -> dict[str, Any]:
    """The values of the parameters that take times, with months instead of years."""
    given = {option: _values(typed.params.get(each.name)) for option, each in timed.items()}
    wrong = [option for option, values in given.items() if text in values]
    if "--from" in timed and "--to" in timed and {*wrong} & {"--from", "--to"}:
        years = [each.strip() for each in (*given["--from"], *given["--to"]) if _is_year(each)]
        start = [each for each in given["--from"] if not _is_year(each)] or [f"{min(years)}-01"]
        ends = [each for each in given["--to"] if not _is_year(each)]
        if not any(each[:1].isdigit() for each in ends):  # there is a format at most
            ends.append(f"{max(years)}-12")
        return {timed["--from"].name: start, timed["--to"].name: ends}
    month = {option: "01" if option == "--from" else "12" for option in wrong}
    return {timed[option].name: f"{year}-{number}" for option, number in month.items()}


def _values(value: object) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else (value,)
    return [str(each) for each in values if each is not None]


def _is_year(text: str) -> bool:
    return len(text.strip()) == 4 and text.strip().isdigit()
