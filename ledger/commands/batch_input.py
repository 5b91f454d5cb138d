"""Reading a batch: JSON Lines, or CSV with the same names as its header.

What cannot be read comes out as an error in its place, located at its line, so that a batch that
goes on after refusals can go on after these too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from ledger.commands.batch_lines import Line
from ledger.commands.input_lines import numbered_lines
from ledger.errors import InvalidLine, LedgerError

InputFormat = Literal["jsonl", "csv"]

Entry = tuple[int, Line | LedgerError]
"""A 1-based line number, and the command that stands there or what is wrong with it."""

_HINT: Final = (
    'a line looks like {"command": "deposit", "account": "acc-001", "amount": "50.00"}; '
    "amounts are strings"
)

_DECODER: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)

_ENCODER: Final = msgspec.json.Encoder()

_FIELDS: Final = (
    "command",
    "account",
    "owner",
    "currency",
    "initial_balance",
    "amount",
    "description",
    "from",
    "to",
    "reason",
    "at",
    "idempotency_key",
    "expected_version",
)

_VERSION: Final = re.compile(r"-?[0-9]{1,40}", re.ASCII).fullmatch


def read_batch(lines: Iterable[bytes], input_format: InputFormat) -> Iterator[Entry]:
    """The commands of a batch, one at a time."""
    return _csv_rows(lines) if input_format == "csv" else _json_lines(lines)


def _json_lines(lines: Iterable[bytes]) -> Iterator[Entry]:
    for number, text in numbered_lines(lines):
        try:
            yield number, _read_json(text)
        except InvalidLine as error:
            yield number, error.at_line(number)


def _read_json(text: bytes) -> Line:
    try:
        line = _DECODER.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidLine(f"this is not a command: {error}", advice=_HINT) from None
    # Of a name that comes twice the decoder keeps the last; a command must not depend on that. Then
    # the line has more quotation marks than the same command written anew, without its defaults.
    if text.count(b'"') != _ENCODER.encode(line).count(b'"') or b"\\u" in text:
        _reject_duplicate_keys(text)
    return line


def _reject_duplicate_keys(text: bytes) -> None:
    """Look at a line closely: a default may also have been written out."""
    import json

    def see(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        twin = next((name for name in names if names.count(name) > 1), None)
        if twin is not None:
            raise InvalidLine(
                f"this is not a command: the field {twin!r} is given twice", advice=_HINT
            )

    json.loads(text, object_pairs_hook=see)


def _csv_rows(lines: Iterable[bytes]) -> Iterator[Entry]:
    import csv

    reader = csv.reader(_decoded(lines), strict=True)
    header: list[str] | None = None
    number = 1
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeDecodeError) as error:
            yield (
                number,
                InvalidLine(
                    f"this is not CSV: {error}",
                    advice="correct its quotation marks or encoding; nothing from here on was read",
                ).at_line(number),
            )
            return
        if not any(row):
            continue
        try:
            if header is None:
                header = _header(row)
            else:
                yield number, _read_row(header, row)
        except InvalidLine as error:
            yield number, error.at_line(number)
            if header is None:
                return


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.decode("utf-8-sig" if number == 0 else "utf-8")


def _header(row: list[str]) -> list[str]:
    names = [name.strip() for name in row]
    for name in names:
        if name not in _FIELDS:
            raise InvalidLine(
                f"the header names a column {name!r}", advice=f"columns are: {', '.join(_FIELDS)}"
            )
        if names.count(name) > 1:
            raise InvalidLine(f"the header names the column {name!r} twice", advice="name it once")
    if "command" not in names:
        raise InvalidLine(
            "the header names no column 'command'", advice=f"columns are: {', '.join(_FIELDS)}"
        )
    return names


def _read_row(header: list[str], row: list[str]) -> Line:
    if len(row) != len(header):
        raise InvalidLine(
            f"this row has {len(row)} cells, and the header {len(header)}",
            advice="put a cell with commas or line ends in it between quotation marks",
        )
    fields: dict[str, str | int] = {
        name: cell for name, cell in zip(header, row, strict=True) if cell
    }
    # Everything else is a text: a time or a key that reads `null` must not vanish.
    version = str(fields.get("expected_version", ""))
    if _VERSION(version):
        fields["expected_version"] = int(version)
    try:
        line: Line = msgspec.convert(fields, Line)
        return line
    except msgspec.ValidationError as error:
        raise InvalidLine(
            f"this is not a command: {error}", advice="leave the cells empty that it does not have"
        ) from None
