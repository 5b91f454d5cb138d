"""Rows for programs: TSV without a header (``plain``), CSV with one (RFC 4180).

Times are in the zone that is shown, with its offset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from ledger.cli.environment import Environment
from ledger.cli.output.documents import Document
from ledger.cli.output.visible import visible
from ledger.domain.instant import to_instant

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
    for document in documents:
        env.stdout.write("\t".join(_values(env, document, columns)) + "\n")


def write_csv(env: Environment, documents: Iterable[Document], columns: Sequence[str]) -> None:
    """A header, and a line for each document."""
    from csv import writer

    lines = writer(env.stdout)
    lines.writerow(columns)
    for document in documents:
        lines.writerow(_values(env, document, columns))


def _values(env: Environment, document: Document, columns: Sequence[str]) -> list[str]:
    return [visible(_cell(env, column, document[column])) for column in columns]


def _cell(env: Environment, column: str, value: Any) -> str:
    """A value as one cell: what a spreadsheet shows rather than JSON, where that is clear."""
    if value is None:
        return ""
    if column in _TIMES:
        return env.show_time(to_instant(datetime.fromisoformat(value)))
    if column == "tags":  # no value of a tag holds a `=`, so they can be told apart again
        return "; ".join(f"{key}={tag}" for key, tag in value.items())
    if column == "receipts":
        return " ".join(f"{each['size']}:{each['sha256']}" for each in value)
    if column == "amended_by":
        return " ".join(map(str, value))
    if column in ("corrects_elsewhere", "corrected_elsewhere"):
        return f"{value['account_id']} {value['version']}"
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, msgspec.Raw)):
        return msgspec.json.encode(value).decode()
    return str(value)
