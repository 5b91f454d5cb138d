"""Rows for programs: TSV without a header (``plain``), CSV with one (RFC 4180)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TextIO

import msgspec

from ledger.cli.output.documents import Document
from ledger.cli.output.visible import visible


def write_tsv(stream: TextIO, documents: Iterable[Document], columns: Sequence[str]) -> None:
    """A line for each document; nothing is cut, and no value holds a tab or a line end."""
    for document in documents:
        stream.write("\t".join(_values(document, columns)) + "\n")


def write_csv(stream: TextIO, documents: Iterable[Document], columns: Sequence[str]) -> None:
    """A header, and a line for each document."""
    from csv import writer

    lines = writer(stream)
    lines.writerow(columns)
    for document in documents:
        lines.writerow(_values(document, columns))


def _values(document: Document, columns: Sequence[str]) -> list[str]:
    return [visible(_cell(column, document[column])) for column in columns]


def _cell(column: str, value: Any) -> str:
    """A value as one cell: what a spreadsheet shows rather than JSON, where that is clear."""
    if column == "tags":  # no value of a tag holds a `=`, so they can be told apart again
        return "; ".join(f"{key}={tag}" for key, tag in value.items())
    if column == "receipts":
        return " ".join(f"{each['size']}:{each['sha256']}" for each in value)
    return _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, msgspec.Raw)):
        return msgspec.json.encode(value).decode()
    return str(value)
