"""Read-model tables: what a projection writes, kept by the store beside the log.

A view is disposable: it can be dropped and made again from the log. Its rows are msgspec structs of
integers and texts whose first field is the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import msgspec


class ProjectionTable(msgspec.Struct, frozen=True):
    """A view.

    Attributes:
        name: of the projection and of its table.
        version: of the projection's fold and columns.
        row: struct type of one row; its first field is the key.
    """

    name: str
    version: int
    row: type[msgspec.Struct]


class Checkpoint(msgspec.Struct, frozen=True, gc=False):
    """The last position that a view has seen, and the version of the projection that wrote it."""

    version: int
    position: int


class ProjectionTables(Protocol):
    """Where views are kept; part of an event store. Writes belong into its transactions."""

    def create(self, spec: ProjectionTable) -> None:
        """Make the empty table, at position 0; one of the same name is dropped."""

    def exists(self, spec: ProjectionTable) -> bool:
        """Whether there is a table of the view's name, whatever its checkpoint says."""

    def rows(self, spec: ProjectionTable, keys: Iterable[str]) -> dict[str, msgspec.Struct]:
        """The rows of those keys that exist."""

    def scan(self, spec: ProjectionTable) -> Iterator[msgspec.Struct]:
        """Every row, by key."""

    def write(self, spec: ProjectionTable, rows: Mapping[str, msgspec.Struct | None]) -> None:
        """Insert or replace rows; None deletes one."""

    def checkpoint(self, spec: ProjectionTable) -> Checkpoint | None:
        """How far the view is, or None where there is no such view."""

    def advance(self, spec: ProjectionTable, from_position: int, to_position: int) -> bool:
        """Move the checkpoint by compare-and-set; False where it was not at ``from_position``."""
