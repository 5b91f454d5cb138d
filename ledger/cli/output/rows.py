"""Rows for programs: TSV without a header (``plain``), CSV with one (RFC 4180).

Times are in the zone that is shown, with its offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from ledger.cli.environment import Environment
from ledger.cli.output.documents import Document
from ledger.domain.instant import to_instant
from ledger.visible import unbroken

_TIMES: Final = frozenset(
    (
        "effective_at",
        "recorded_at",
        "opened_at",
        "last_activity",
        "closed_at",
        "as_of",
        "known_at",
        "highest_effective_at",
        "last_recorded_at",
        "created_at",
        "locked_until",
        "from",
    )
)
"""The columns that hold times."""


def write_tsv(env: Environment, documents: Iterable[Document], columns: Sequence[str]) -> None:
    """A line for each document; nothing is cut, and no value holds a tab or a line end."""
    write_tsv_cells(env, _rows(env, documents, columns))


def write_csv(env: Environment, documents: Iterable[Document], columns: Sequence[str]) -> None:
    """A header, and a line for each document; no text in it is a formula."""
    write_csv_cells(env, columns, _rows(env, documents, columns))


def write_tsv_cells(env: Environment, rows: Iterable[list[str]]) -> None:
    """The same, of rows that are texts already."""
    for cells in map(_unbroken, rows):
        env.stdout.write("\t".join(cells) + "\n")


def write_csv_cells(env: Environment, columns: Sequence[str], rows: Iterable[list[str]]) -> None:
    """The same, of rows that are texts already."""
    from ledger.exchange.spreadsheet import row_writer

    write = row_writer(env.stdout, columns)
    for cells in map(_unbroken, rows):
        write(cells)


def _rows(
    env: Environment, documents: Iterable[Document], columns: Sequence[str]
) -> Iterator[list[str]]:
    special = _special(env)
    ways = [(column, special.get(column, _text)) for column in columns]
    for document in documents:
        cells = []
        for column, way in ways:
            value = document[column]
            cells.append("" if value is None else way(value))
        yield cells


def _unbroken(cells: list[str]) -> list[str]:
    # Nearly all rows hold nothing to escape, and one look at all of a row is the fastest.
    return cells if "".join(cells).isprintable() else [unbroken(cell) for cell in cells]


def _special(env: Environment) -> dict[str, Callable[[Any], str]]:
    """How the values of some columns are shown: as in a spreadsheet rather than as JSON, where that
    is clear."""

    @lru_cache(maxsize=1_000)  # many are the same
    def time(value: str) -> str:
        return env.show_time(to_instant(datetime.fromisoformat(value)))

    return {
        **dict.fromkeys(_TIMES, time),
        # No value of a tag holds a `=`, so they can be told apart again.
        "tags": lambda tags: "; ".join(f"{key}={tag}" for key, tag in tags.items()),
        "receipts": lambda receipts: " ".join(
            f"{each['size']}:{each['sha256']}" for each in receipts
        ),
        "amended_by": lambda versions: " ".join(map(str, versions)),
        "corrects_elsewhere": _entry,
        "corrected_elsewhere": _entry,
    }


def _entry(value: Document) -> str:
    return f"{value['account_id']} {value['version']}"


def _text(value: object) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, msgspec.Raw)):
        return msgspec.json.encode(value).decode()
    return str(value)
