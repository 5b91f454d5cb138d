"""Reading a file of rules: TOML, whose errors name the line."""

from __future__ import annotations

import re
import tomllib
from typing import Final

import msgspec

from ledger.bank_statements.rules.format_checks import COLUMNS, check_format
from ledger.bank_statements.rules.statement_format import RULES, StatementFormat
from ledger.errors import InvalidOption
from ledger.json_text import what_is_wrong

LARGEST: Final = 65_536
"""Bytes of a file of rules."""

_LONGEST_LINE: Final = 1_000
"""Characters. What reads TOML takes time and memory for the square of a key's parts."""

_TAKES: Final = {
    **dict.fromkeys(COLUMNS, "a name in quotes, or a number from 1"),
    "skip_top": "a number of lines",
    "skip_bottom": "a number of lines",
    "header": "true or false",
    "newest_first": "true or false",
    "money_out": '"negative" or "positive" or "balance" or "column" or "sign"',
    **dict.fromkeys(("direction_out", "direction_in"), "a text in quotes, or a list of them"),
    "decimal_mark": '"." or ","',
    "thousands_mark": '"." or "," or " " or "\'" or "" for none',
    **dict.fromkeys(("skip", "take"), 'columns with texts, such as {Status = ["Pending"]}'),
    "tag_columns": 'keys with columns, such as {category = "Category"}',
    "tag": 'a section such as: [[tag]] with match = "REWE|EDEKA" and category = "food" below it',
    "transfer": 'a section such as: [[transfer]] with match = "SAVINGS" and account = "savings" '
    "below it",
}
"""What the rules take that do not take any text."""


def read_format(text: bytes, name: str = "the rules") -> StatementFormat:
    """Read a file of rules.

    Args:
        name: of the file, for messages.

    Raises:
        InvalidOption: it is not TOML, has an unknown rule, or a rule that cannot be right.
    """
    try:
        source = _source(text)
        found = tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        raise InvalidOption(
            f"{name} is not valid TOML{_where_and_why(error)}",
            advice='a rule is a line such as: date = "Booking date"',
        ) from None
    for rule in found:
        if rule not in RULES:
            raise InvalidOption(
                f"{name}{_line_of(rule, source)}: there is no rule {rule!r}",
                advice=f"the rules are {', '.join(RULES)}",
                rule=rule,
            )
    try:
        return check_format(msgspec.convert(found, StatementFormat))
    except msgspec.ValidationError as error:
        rule, _, where = str(error).rpartition(" - at `$.")[2].rstrip("`").partition("[")
        number = int(where.partition("]")[0]) if where[:1].isdigit() else 0
        raise InvalidOption(
            f"{name}{_line_of(rule, source, number=number)}: {rule}: {_wrong_value(error, rule)}",
            advice=f"{rule} takes {_TAKES.get(rule, 'a text in quotes')}",
            rule=rule,
        ) from None
    except InvalidOption as refusal:
        line = _line_of(refusal.details["rule"], source, near=str(refusal.details.pop("near", "")))
        refusal.message = f"{name}{line}: {refusal.message}"
        refusal.args = (refusal.message,)
        raise


def _wrong_value(error: msgspec.ValidationError, rule: str) -> str:
    """What is wrong with the value of a rule, whose name stands before it."""
    return what_is_wrong(error).removesuffix(f" (in {rule})").removeprefix(f"{rule} ")


def _source(text: bytes) -> str:
    """The text of a file of rules.

    Raises:
        ValueError: it is none, or none that anybody would write.
    """
    if len(text) > LARGEST:
        raise ValueError(f"it has over {LARGEST:,} bytes")
    source = text.decode("utf-8-sig")
    for number, line in enumerate(source.splitlines(), 1):
        if len(line) > _LONGEST_LINE:
            raise ValueError(f"line {number} has {len(line):,} characters")
    return source


def _where_and_why(error: Exception) -> str:
    """What the reader of TOML complains of, in words for people."""
    if isinstance(error, (RecursionError, UnicodeDecodeError)):
        return f": {what_is_wrong(error)}"
    what, at, where = str(error).rpartition(" (at ")
    if not at:
        return f": {error}"
    twice = (
        ": a rule is given twice"
        if any(word in what for word in ("overwrite", "redefine", "twice"))
        else ""
    )
    return f" at {where.rstrip(')')}{twice}".replace("at end of document", "at its end")


def _line_of(rule: object, source: str, *, near: str = "", number: int = 0) -> str:
    """`` line N``, where the rule stands at the start of a line of the file.

    Args:
        near: a text beside what is wrong, where the rule has several lines.
        number: which one it is of those that may stand in a file more than once, from 0.
    """
    spelled = rf"^[\s\[]*[\"']?{re.escape(str(rule))}[\"']?\s*[=.\]]"
    found = list(re.finditer(spelled, source, re.MULTILINE))
    if not found:
        return ""
    at = found[min(number, len(found) - 1)].end()
    if near:
        escaped = re.escape(msgspec.json.encode(near).decode()[1:-1])
        text = rf"(?<![^\W_])(?:{re.escape(near)}|{escaped})(?![^\W_])"
        beside = re.compile(text).search(source, at)
        at = at if beside is None else beside.end()
    return f" line {source.count(chr(10), 0, at) + 1}"
