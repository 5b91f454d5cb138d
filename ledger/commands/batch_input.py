"""Reading a batch: JSON Lines, or CSV with the same names as its header.

What cannot be read comes out as an error in its place, located at its line, so that a batch that
goes on after refusals can go on after these too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, Literal, get_args

import msgspec

from ledger.commands.amendments import AnyCommand as Command
from ledger.commands.input_lines import numbered_lines
from ledger.domain.tags import check_tag_key
from ledger.errors import InvalidLine, InvalidTag, LedgerError
from ledger.json_text import check_names

InputFormat = Literal["jsonl", "csv"]

Entry = tuple[int, Command | LedgerError]
"""A 1-based line number, and the command that stands there or what is wrong with it."""

READ_AHEAD: Final = 500
"""Lines that are decoded together."""

_TOGETHER: Final = 1_048_576
"""Bytes; no more lines are decoded together once they have so many."""

_DECODER: Final[msgspec.json.Decoder[Command]] = msgspec.json.Decoder(Command)

_ENCODER: Final = msgspec.json.Encoder()

_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,40}", re.ASCII).fullmatch


_TAG: Final = "tag:"
"""What the name of a column that holds a tag begins with; its key follows."""


def read_batch(
    lines: Iterable[bytes], input_format: InputFormat, ahead: int = READ_AHEAD
) -> Iterator[Entry]:
    """The commands of a batch, one at a time.

    Args:
        ahead: how many lines may be read before the first of them is given.
    """
    return _csv_rows(lines) if input_format == "csv" else _json_lines(lines, ahead)


def _json_lines(lines: Iterable[bytes], ahead: int) -> Iterator[Entry]:
    numbered = numbered_lines(lines)
    while True:
        # A line that cannot be read at all is told of in its place, after those before it.
        run: list[tuple[int, bytes]] = []
        broken: InvalidLine | None = None
        size = 0
        try:
            for each in islice(numbered, ahead):
                run.append(each)
                size += len(each[1])
                if size > _TOGETHER:
                    break
        except InvalidLine as error:
            broken = error
        commands = _read_together([text for _, text in run])
        if commands is not None:
            for (number, _), command in zip(run, commands, strict=True):
                yield number, command
        else:
            for number, text in run:
                try:
                    yield number, _read_json(text)
                except InvalidLine as error:
                    yield number, error.at_line(number)
        if broken is not None:
            raise broken
        if len(run) < ahead and size <= _TOGETHER:
            return


def _read_together(texts: list[bytes]) -> list[Command] | None:
    """The commands in lines; None where one of them has to be looked at closely.

    Of a name that comes twice the decoder keeps the last; a command must not depend on that. Then
    the lines have more quotation marks than the same commands written anew, without their defaults.
    """
    together = b"\n".join(texts)
    try:
        commands = _DECODER.decode_lines(together)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if len(commands) != len(texts) or b"\\u" in together:
        return None
    if together.count(b'"') != _ENCODER.encode(commands).count(b'"'):
        return None
    return commands


def _read_json(text: bytes) -> Command:
    try:
        command = _DECODER.decode(text)
        check_names(text)
        return command
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        from ledger.commands.batch_mistakes import line_mistake

        raise line_mistake(error, text) from None


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
            from ledger.commands.batch_mistakes import no_csv

            yield number, no_csv(error, csv.field_size_limit()).at_line(number)
            return
        if not any(row):
            continue
        try:
            if header is None:
                header = _header(row)
            else:
                yield number, _read_row(header, row)
        except (InvalidLine, InvalidTag) as error:
            yield number, error.at_line(number)
            if header is None:
                return


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.decode("utf-8-sig" if number == 0 else "utf-8")


def _columns() -> tuple[str, ...]:
    """The names that a header may have: those of all commands' fields."""
    names = dict.fromkeys(
        name for kind in get_args(Command) for name in kind.__struct_encode_fields__
    )
    # What every command may have comes last, as in a line.
    shared = ("at", "idempotency_key", "expected_version")
    # Tags have a column each; see `_TAG`.
    own = (name for name in names if name not in (*shared, "tags"))
    return ("command", *own, *shared)


def _header(row: list[str]) -> list[str]:
    known = _columns()
    names = [name.strip() for name in row]
    named: set[str] = set()
    for name in names:
        if name.startswith(_TAG):
            check_tag_key(name.removeprefix(_TAG))
        elif name not in known:
            from ledger.commands.batch_mistakes import unknown_column

            raise unknown_column(name, known)
        if name in named:
            raise InvalidLine(f"the header names the column {name!r} twice", advice="name it once")
        named.add(name)
    if "command" not in names:
        raise InvalidLine(
            "the header names no column 'command'", advice=f"columns are: {', '.join(known)}"
        )
    return names


def _read_row(header: list[str], row: list[str]) -> Command:
    if len(row) != len(header):
        raise InvalidLine(
            f"this row has {len(row)} cells, and the header {len(header)}",
            advice="put a cell that holds commas or line ends between quotation marks",
        )
    cells = [(name, cell) for name, cell in zip(header, row, strict=True) if cell]
    fields: dict[str, Any] = {name: cell for name, cell in cells if not name.startswith(_TAG)}
    tags = {name.removeprefix(_TAG): cell for name, cell in cells if name.startswith(_TAG)}
    if tags:
        fields["tags"] = tags
    if "without_receipts" in fields:
        fields["without_receipts"] = fields["without_receipts"].split()
    if "receipts" in fields:
        fields["receipts"] = [_receipt(each) for each in fields["receipts"].split()]
    # Everything else is a text: a time or a key that reads `null` must not vanish.
    for name in ("expected_version", "decimals", "version"):
        number = fields.get(name, "")
        if _WHOLE_NUMBER(number):
            fields[name] = int(number)
    try:
        command: Command = msgspec.convert(fields, Command)
        return command
    except msgspec.ValidationError as error:
        from ledger.commands.batch_mistakes import row_mistake

        raise row_mistake(error, fields) from None


def _receipt(text: str) -> dict[str, Any]:
    """A receipt written ``SIZE:SHA256``, as the answers of commands write it."""
    size, _, digest = text.partition(":")
    return {"size": int(size) if _WHOLE_NUMBER(size) else size, "sha256": digest}
