"""What is wrong with a line of a batch, in the words of somebody who writes batches.

Imported only once a line could not be read. What a decoder says of it is never shown: it knows
neither which command was meant, nor what would have been right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final, get_args

import msgspec

from ledger.commands.amendments import AnyCommand
from ledger.errors import InvalidLine
from ledger.json_text import what_is_wrong

_EXAMPLES: Final[dict[str, Any]] = {
    "account": "acc-001",
    "owner": "Ana Souza",
    "currency": "USD",
    "initial_balance": "100.00",
    "decimals": 2,
    "overdraft": "500.00",
    "amount": "50.00",
    "description": "Paycheck",
    "tags": {"category": "rent"},
    "receipts": [{"size": 48211, "sha256": "9f86d081" * 8}],
    "from": "acc-001",
    "to": "acc-002",
    "reason": "moved",
    "version": 4,
    "transfer": "t-0123456789abcdef",
    "without_receipts": ["9f86d081"],
    "into": "acc-002",
    "opened_at": "2026-01-01",
    "source": "statement 3",
    "until": "2026-03-31",
    "at": "2026-03-31",
    "idempotency_key": "march-rent",
    "expected_version": 3,
}
"""What a field may hold, by its name."""

_WHERE: Final = re.compile(r"\(byte ([0-9]+)\)")
_SHOWN: Final = 20
"""Characters of a line that are shown of the place where it goes wrong."""


def line_mistake(error: Exception, text: bytes) -> InvalidLine:
    """What is wrong with a line of JSON.

    Args:
        error: what decoding it raised.
    """
    try:
        given = json.loads(
            text, parse_int=_Number, parse_float=_Number, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        return _not_json(error, text)
    if not isinstance(given, dict):
        return _refused(
            "it is no object in braces", f"a line looks like {_as(_example('deposit'))}"
        )
    wrong = _about_names(given, "field")
    return wrong or _about_values(error, text, given)


def row_mistake(error: Exception, given: Mapping[str, Any]) -> InvalidLine:
    """What is wrong with a row of CSV.

    Args:
        error: what making a command of it raised.
        given: the cells that are not empty, by column.
    """
    wrong = _about_names(given, "column")
    if wrong is not None:
        return wrong
    what = what_is_wrong(error)
    name = re.split(r"[.\[ ]", what, maxsplit=1)[0]
    if name == "receipts":
        return _refused(
            "receipts holds what is no receipt",
            "write each as SIZE:SHA256, with spaces between them",
        )
    if isinstance(_EXAMPLES.get(name), int):
        return _refused(
            f"{name} must be a whole number", f"put one there, such as {_EXAMPLES[name]}"
        )
    return _refused(what, "see what its cells may hold")


def unknown_column(name: str, known: Collection[str]) -> InvalidLine:
    """What is wrong with a header that names a column which no command has."""
    if ";" in name or "\t" in name:
        advice = "separate columns with commas"
    else:
        advice = _meant(name, known) or f"columns are: {', '.join(known)}; and tag:KEY for a tag"
    return InvalidLine(f"the header names a column {name!r}", advice=advice)


def no_csv(error: Exception, longest: int) -> InvalidLine:
    """What is wrong with text that is no CSV.

    Args:
        longest: how many characters a cell may have.
    """
    said = str(error)
    advice = "correct its quotation marks"
    if isinstance(error, UnicodeDecodeError):
        why, advice = "it is not valid UTF-8", "save the file as UTF-8"
    elif "field limit" in said:
        why = f"a cell has over {longest:,} characters"
    elif "new-line" in said:
        why = "a line ends with a carriage return alone"
        advice = "save the file with the line ends of Windows or Unix"
    elif "end of data" in said:
        why = "a quotation mark is opened and never closed"
    elif "expected after" in said:
        why = "something stands between a closing quotation mark and the next comma"
    else:
        why, advice = "it cannot be read", "save the file anew as CSV"
    return InvalidLine(f"this is not CSV: {why}", advice=f"{advice}; nothing from here on was read")


class _Number(str):
    """A number in JSON, as it is written."""


def _no_constant(name: str) -> None:
    """JSON has neither NaN nor Infinity, which this reader would take.

    Raises:
        ValueError: always.
    """
    raise ValueError(name)


def _about_names(given: Mapping[str, Any], place: str) -> InvalidLine | None:
    """What is wrong with the command's name, or with the names of its fields.

    Args:
        place: what a batch of this kind calls the place of a value.
    """
    kinds = _kinds()
    if "command" not in given:
        meant = next((name for name in given if _near(name, ["command"])), None)
        advice = "say which one it is: " + _as(_example("deposit"), place)
        if meant is not None:
            advice = f"did you mean command where it says {_short(meant)}?"
        return _refused("the field command is missing", advice)
    command = given["command"]
    if not isinstance(command, str) or isinstance(command, _Number):
        return _refused("command must be a text", f"commands are: {', '.join(kinds)}")
    if command not in kinds:
        advice = _meant(command, kinds) or f"commands are: {', '.join(kinds)}"
        return _refused(f"there is no command {_short(command)}", advice)
    kind = kinds[command]
    fields = kind.__struct_encode_fields__
    missing = [each.encode_name for each in msgspec.structs.fields(kind) if each.required]
    missing = [name for name in missing if name not in given]
    for name in given:
        if name != "command" and name not in fields:
            of_others = any(name in each.__struct_encode_fields__ for each in kinds.values())
            advice = "" if of_others else _meant(name, missing) or _meant(name, fields)
            if not advice:
                advice = f"{command} has the fields {', '.join(fields)}"
                if place == "column":
                    advice = f"leave the cell {name} empty in this row"
            return _refused(f"{command} can have no field {_short(name)}", advice)
    if missing:
        example = _as({name: _EXAMPLES.get(name, "\u2026") for name in missing}, place)
        return _refused(
            f"the field {missing[0]} is missing",
            f"{command} needs {' and '.join(missing)}: {example}",
        )
    return None


def _about_values(error: Exception, text: bytes, given: Mapping[str, Any]) -> InvalidLine:
    """What is wrong with the value of a field."""
    what = what_is_wrong(error, text)
    words = re.findall(r"[a-z_]+", what)
    name = next((word for word in words if word in given and word in _EXAMPLES), "")
    value = given.get(name)
    if isinstance(value, dict) and what.startswith(f"{name} must"):
        what = f"a value in {what}"
    if "is given twice" in what:
        return _refused(what, "give it once")
    if isinstance(value, _Number) and isinstance(_EXAMPLES.get(name), str):
        advice = f"write {_as({name: str(value)})}"
    elif isinstance(value, str) and isinstance(_EXAMPLES.get(name), int) and value.isdecimal():
        advice = f'write "{name}": {_short(value)}'
    elif name in _EXAMPLES:
        advice = f"write for example {_as({name: _EXAMPLES[name]})}"
    else:
        advice = "write for example " + _as(_example(str(given["command"])))
    return _refused(what, advice)


def _not_json(error: Exception, text: bytes) -> InvalidLine:
    """What is wrong with a line that is no JSON, and where."""
    what = what_is_wrong(error, text)
    example = _as(_example("deposit"))
    whole = text.decode(errors="replace").strip()
    if not whole.startswith(("{", "\ufeff{")):
        if whole.startswith(("command,", "command;")):
            return _refused("it looks like CSV", "say that the file is CSV", looks_like="csv")
        return _refused("it does not begin with a brace", f"a line looks like {example}")
    found = _WHERE.search(str(error))
    if found is None:
        return _refused(what, f"a line looks like {example}")
    before, here = (
        part.decode(errors="replace") for part in (text[: int(found[1])], text[int(found[1]) :])
    )
    what = _WHERE.sub("", re.sub(r"from byte \d+ on", "", what)).strip()
    place = f"at character {len(before) + 1}"
    shown = here[:_SHOWN].rstrip()
    message = f"{what} {place}" + (f", where {shown} stands" if shown else "")
    if "follows" in what:
        return _refused(message, "put each command on a line of its own")
    return _refused(message, _repair(before.rstrip(), here) or f"a line looks like {example}")


def _repair(before: str, here: str) -> str:
    """What is to be done about the place where JSON is broken; empty where that is not clear."""
    if here.startswith("'"):
        return "put names and texts between double quotation marks"
    if here.startswith(("}", "]")) and before.endswith(","):
        return "take away the comma before it"
    if here.startswith('"') and (before.endswith(('"', "]", "}")) or before[-1:].isdigit()):
        return "put a comma before it"
    if here.startswith(("True", "False", "None")):
        return "write true, false or null"
    if before.endswith(("{", ",")) and here[:1].isalpha():
        return "put names between double quotation marks"
    if before.endswith(":") and here[:1].isalpha():
        return "put texts between double quotation marks"
    return ""


def _refused(what: str, advice: str, **details: object) -> InvalidLine:
    return InvalidLine(f"this is not a command: {what}", advice=advice, **details)


def _kinds() -> dict[str, Any]:
    """The commands, by the names that lines give them."""
    return {str(kind.__struct_config__.tag): kind for kind in get_args(AnyCommand)}


def _example(command: str) -> dict[str, Any]:
    """A command with the fields that it must have."""
    needed = [
        each.encode_name for each in msgspec.structs.fields(_kinds()[command]) if each.required
    ]
    return {"command": command, **{name: _EXAMPLES.get(name, "\u2026") for name in needed}}


def _as(fields: Mapping[str, Any], place: str = "field") -> str:
    """Fields as they are written: in a line, or in the cells of a row."""
    if place == "column":
        return ", ".join(f"{value} in the column {name}" for name, value in fields.items())
    text = json.dumps(fields)
    return text if "command" in fields else text[1:-1]


def _meant(wrong: str, names: Collection[str]) -> str:
    near = _near(wrong, names)
    return f"did you mean {near}?" if near else ""


def _near(wrong: str, names: Collection[str]) -> str:
    """The name that was meant; empty where none is near."""
    from difflib import get_close_matches

    typed = wrong[:40].strip().casefold().replace("-", "_").replace(" ", "_")
    of_same = {name.replace("-", "_"): name for name in names}
    if typed in of_same:
        return of_same[typed]
    begun = [name for name in of_same if len(typed) > 2 and name.startswith(typed)]
    found = begun or get_close_matches(typed, of_same, n=1)
    return of_same[found[0]] if found else ""


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
