"""Projections: their rows equal the fold of the log up to their checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any, Final

import msgspec

from ledger.domain.instant import format_instant
from ledger.errors import DamagedLedger, LedgerError
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import Checkpoint
from ledger.projections.folding import (
    AnyProjection,
    AnyRows,
    decoded,
    differences,
    fold_into,
)
from ledger.projections.projection import Rows, StreamProjection
from ledger.projections.projector import PROJECTIONS
from ledger.verification.findings import Finding, amount_text

_PAGE: Final = 1_000
"""Events folded at once."""

_INSTANTS = frozenset(("opened_at", "last_activity", "closed_at"))


class StoredProjection(msgspec.Struct, frozen=True):
    """A projection's view as it was when the verification began.

    Attributes:
        upto: the position that its rows must be the fold of; 0 where they are not compared.
        rows: by key; None where they are not compared.
    """

    projection: AnyProjection
    upto: int
    rows: AnyRows | None

    @property
    def built_in(self) -> bool:
        """Whether it is folded with everything else that is checked of a stream."""
        return self.projection in PROJECTIONS


def read_projections(
    store: EventStore,
    projections: Sequence[AnyProjection],
    head: int,
    findings: list[Finding],
    notes: list[str],
) -> list[StoredProjection]:
    """The views, all at once: they move on when others write. The caller is `reading`."""
    views = []
    for projection in projections:
        name = projection.name
        try:
            checkpoint = store.tables.checkpoints().get(name)
            if not _is_comparable(projection, checkpoint, head, findings, notes):
                views.append(StoredProjection(projection, 0, None))
                continue
            assert checkpoint is not None
            rows: AnyRows = Rows()
            for row in store.tables.scan(projection.table):
                rows[projection.table.key_of(row)] = row
            views.append(StoredProjection(projection, min(checkpoint.position, head), rows))
        except DamagedLedger as error:
            findings.append(Finding(check="projection", message=f"{name}: {error.message}"))
            views.append(StoredProjection(projection, 0, None))
    known = {projection.name for projection in projections}
    notes += [
        f"{name} was not compared: its class is not known here"
        for name in _names(store)
        if name not in known
    ]
    return views


def _names(store: EventStore) -> list[str]:
    try:
        return sorted(store.tables.checkpoints())
    except DamagedLedger:
        return []  # which was found


def _is_comparable(
    projection: AnyProjection,
    checkpoint: Checkpoint | None,
    head: int,
    findings: list[Finding],
    notes: list[str],
) -> bool:
    name = projection.name
    if checkpoint is None:
        message = f"there is no checkpoint of the projection {name}"
        findings.append(Finding(check="projection", message=message))
        return False
    if checkpoint.version != projection.version:
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
    view: StoredProjection, folded: AnyRows, unfolded: AbstractSet[str]
) -> Iterator[Finding]:
    """Every row that is not what the log says.

    Args:
        unfolded: accounts whose rows are not known.
    """
    per_account = isinstance(view.projection, StreamProjection)
    name, stored = view.projection.name, view.rows
    if stored is None:
        return
    for key, expected, found in differences(folded, stored):
        if key in unfolded:
            continue
        of = "this account" if per_account else f"the key {key!a}"
        if found is None:
            message = f"{name} has no row of {of}"
        elif expected is None:
            message = f"{name} has a row that it should not have"
        else:
            message = f"{name} does not show what the log says"
        if not per_account and found is not None:
            message += f", at the key {key!a}"
        columns = _differing(expected, found)
        yield Finding(
            check="projection",
            account_id=str(key) if per_account else None,
            message=message,
            expected=_text(expected, columns),
            found=_text(found, columns),
        )


def compare_own(
    store: EventStore, views: Sequence[StoredProjection], notes: list[str]
) -> Iterator[Finding]:
    """The same for somebody's own projections: their code may do anything, so it is run apart.

    Args:
        notes: told which ones cannot be compared, and why.
    """
    for view in views:
        if view.built_in or view.rows is None:
            continue
        rows: AnyRows = Rows()
        events = store.read_all(to_position=view.upto)
        try:
            while page := decoded(islice(events, _PAGE)):
                fold_into(rows, view.projection, page)
        except LedgerError as error:
            notes.append(f"{view.projection.name} could not be compared: {error.message}")
            continue
        yield from compare_projection(view, rows, frozenset())


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
