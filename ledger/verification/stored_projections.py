"""Projections: their rows equal the fold of the log up to their checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from ledger.domain.instant import format_instant
from ledger.errors import DamagedLedger
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import Checkpoint
from ledger.projections.folding import Rows
from ledger.projections.projection import Projection
from ledger.verification.findings import Finding, amount_text

_INSTANTS = frozenset(("opened_at", "last_activity", "closed_at"))


class StoredProjection(msgspec.Struct, frozen=True):
    """A projection's view as it was when the verification began.

    Attributes:
        upto: the position that its rows must be the fold of; 0 where they are not compared.
        rows: by account; None where they are not compared.
    """

    projection: Projection
    upto: int
    rows: Rows | None


def read_projections(
    store: EventStore,
    projections: Sequence[Projection],
    head: int,
    findings: list[Finding],
    notes: list[str],
) -> list[StoredProjection]:
    """The views, all at once: they move on when others write. The caller is `reading`."""
    views = []
    for projection in projections:
        name = projection.spec.name
        try:
            checkpoint = store.tables.checkpoint(projection.spec)
            if not _is_comparable(projection, checkpoint, head, findings, notes):
                views.append(StoredProjection(projection, 0, None))
                continue
            assert checkpoint is not None
            rows: Rows = {_key(row): row for row in store.tables.scan(projection.spec)}
            views.append(StoredProjection(projection, min(checkpoint.position, head), rows))
        except DamagedLedger as error:
            findings.append(Finding(check="projection", message=f"{name}: {error.message}"))
            views.append(StoredProjection(projection, 0, None))
    return views


def _is_comparable(
    projection: Projection,
    checkpoint: Checkpoint | None,
    head: int,
    findings: list[Finding],
    notes: list[str],
) -> bool:
    name = projection.spec.name
    if checkpoint is None:
        message = f"there is no checkpoint of the projection {name}"
        findings.append(Finding(check="projection", message=message))
        return False
    if checkpoint.version != projection.spec.version:
        notes.append(f"{name} was made by another version of ledger, and is not used")
        return False
    if not 0 <= checkpoint.position <= head:
        findings.append(
            Finding(
                check="projection",
                message=f"the checkpoint of {name} is at no position of the log",
                position=checkpoint.position,
                expected=f"0 to {head}",
                found=str(checkpoint.position),
            )
        )
    elif checkpoint.position < head:
        notes.append(f"{name} is {head - checkpoint.position} events behind the log")
    return True


def compare_projection(
    view: StoredProjection, folded: Rows, unfolded: AbstractSet[str]
) -> Iterator[Finding]:
    """Every row that is not what the log says.

    Args:
        unfolded: accounts whose rows are not known.
    """
    name, stored = view.projection.spec.name, view.rows
    if stored is None:
        return
    for account_id in sorted(folded.keys() | stored.keys(), key=str):
        expected, found = folded.get(account_id), stored.get(account_id)
        if expected == found or account_id in unfolded:
            continue
        if found is None:
            message = f"{name} has no row of this account"
        elif expected is None:
            message = f"{name} has a row that it should not have"
        else:
            message = f"{name} does not show what the log says"
        columns = _differing(expected, found)
        yield Finding(
            check="projection",
            account_id=account_id,
            message=message,
            expected=_text(expected, columns),
            found=_text(found, columns),
        )


def _key(row: msgspec.Struct) -> str:
    key: str = getattr(row, row.__struct_fields__[0])
    return key


def _differing(one: msgspec.Struct | None, other: msgspec.Struct | None) -> list[str]:
    if one is None or other is None:
        either = one or other
        return list(either.__struct_fields__) if either else []
    fields = one.__struct_fields__
    return [field for field in fields if getattr(one, field) != getattr(other, field)]


def _text(row: msgspec.Struct | None, columns: Sequence[str]) -> str:
    if row is None:
        return "no row"
    return ", ".join(f"{column} {_value(row, column)}" for column in columns)


def _value(row: msgspec.Struct, column: str) -> str:
    value: Any = getattr(row, column)
    if column == "balance" and isinstance(value, int):
        return amount_text(value, getattr(row, "currency", ""))
    if column in _INSTANTS and isinstance(value, int):
        return format_instant(value)
    return "none" if value is None else str(value)
