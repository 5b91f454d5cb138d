"""Giving an answer in the format that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from itertools import islice
from typing import Final

import msgspec

from ledger.cli.environment import Environment
from ledger.cli.output.documents import Document
from ledger.cli.output.rows import write_csv, write_tsv
from ledger.cli.streams import Format

BALANCE: Final = ("account_id", "balance", "currency", "version")
BALANCE_AT: Final = (*BALANCE, "as_of", "known_at", "known_position")
SUMMARY: Final = (
    "account_id",
    "owner",
    "currency",
    "balance",
    "transaction_count",
    "status",
    "opened_at",
    "last_activity",
    "closed_at",
    "overdraft_limit",
)
ENTRY: Final = (
    "version",
    "event_type",
    "amount",
    "balance",
    "description",
    "effective_at",
    "recorded_at",
    "counterparty",
    "tags",
    "receipts",
    "actor",
    "reverses",
    "reversed_by",
    "amends",
    "amended_by",
    "corrects",
    "corrected_by",
    "withdraws",
    "withdrawn_by",
    "confirmed",
    "corrects_elsewhere",
    "corrected_elsewhere",
    "owner",
    "overdraft_limit",
    "opened_at",
    "initial_balance",
    "currency",
)
EVENT: Final = (
    "position",
    "event_id",
    "aggregate_id",
    "aggregate_type",
    "event_type",
    "schema_version",
    "version",
    "data",
    "metadata",
    "effective_at",
    "recorded_at",
    "hash",
)
RAW_EVENT: Final = (*EVENT, "text", "salt", "text_sha256")
STEP: Final = ("version", "event_type", "effective_at", "before", "after")
AGREEMENT: Final = (
    "account_id",
    "version",
    "state",
    "snapshot",
    "snapshot_version",
    "projection",
    "projection_balance",
    "projection_lag",
    "agrees",
)
SNAPSHOT: Final = (
    "account_id",
    "version",
    "highest_effective_at",
    "last_recorded_at",
    "usable",
)
BACKUP: Final = ("path", "events", "head", "size", "archive_folders")
MIGRATION: Final = (
    "path",
    "ledger_id",
    "head",
    "events",
    "accounts",
    "time_zone",
    "kept_as_they_came",
    "size",
    "source",
    "source_ledger_id",
    "source_head",
    "source_format",
    "lifted",
    "renamed",
)
HEAD: Final = ("position", "hash", "recorded_at")
ERASURE: Final = ("account_id", "erased", "texts", "texts_elsewhere", "traces")
PUBLISHED: Final = ("name", "target", "events", "checkpoint", "hash")
PUBLICATION: Final = ("name", "target", "checkpoint", "lag", "diverged")
PROJECTION: Final = ("name", "version", "checkpoint", "lag", "outdated", "known")


def answer(
    environment: Environment,
    *,
    document: Document | Callable[[], Document | Sequence[Document]],
    rows: Iterable[Document],
    columns: Sequence[str],
    person: Callable[[], None],
) -> None:
    """Answer once.

    Args:
        document: what JSON shows: one object, which says so of a test ledger, or one array of them;
            or what makes it, where it is large.
        rows, columns: what TSV and CSV show, made one by one where they are an iterator.
        person: shows it on a terminal.
    """
    match environment.shown_as:
        case Format.JSON:
            shown = document() if callable(document) else document
            if environment.is_test and isinstance(shown, dict) and "test" not in shown:
                shown = {**shown, "test": True}
            environment.write_bytes(msgspec.json.encode(shown) + b"\n")
        case Format.CSV:
            write_csv(environment, rows, columns)
        case Format.PLAIN:
            write_tsv(environment, rows, columns)
        case Format.TABLE:
            with environment.paged():
                person()


def write_array(
    environment: Environment,
    documents: Iterable[Document],
    *,
    between: bytes = b",",
    at_once: int = 1,
) -> None:
    """Write one JSON array as its objects come; it has its end only once all of it is written.

    Args:
        between: what separates two objects.
        at_once: how many are written together.
    """
    coming = iter(documents)
    before = b"["
    while some := list(islice(coming, at_once)):
        environment.write_bytes(before + between.join(map(msgspec.json.encode, some)))
        before = between
    environment.write_bytes(b"[]\n" if before == b"[" else b"]\n")


def answer_each(
    environment: Environment,
    rows: Iterable[Document],
    columns: Sequence[str],
    person: Callable[[], None],
    *,
    endless: bool = False,
) -> None:
    """Answer with a stream: in JSON one object a line, in every format as it comes.

    Args:
        endless: whether it ends only when somebody interrupts it; then nothing is held back.
    """
    match environment.shown_as:
        case Format.JSON:
            for row in rows:
                environment.write_bytes(msgspec.json.encode(row) + b"\n")
        case Format.CSV:
            write_csv(environment, rows, columns)
        case Format.PLAIN:
            write_tsv(environment, rows, columns)
        case Format.TABLE:
            with nullcontext() if endless else environment.paged():
                person()
