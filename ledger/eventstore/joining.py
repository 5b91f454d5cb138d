"""Transactions that nest by joining: only the outermost one commits."""

from __future__ import annotations

from typing import Protocol


class Joinable(Protocol):
    """What has a transaction that inner ones can join.

    Attributes:
        depth: how many are open, one inside the other.
        writes: how many writes there were.
    """

    depth: int
    writes: int

    def doom(self) -> None:
        """See that the transaction which is open is not committed."""


class Joined:
    """An inner transaction."""

    __slots__ = ("_session", "_writes_before")

    def __init__(self, session: Joinable) -> None:
        self._session = session

    def __enter__(self) -> None:
        session = self._session
        self._writes_before = session.writes
        session.depth += 1

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        session = self._session
        session.depth -= 1
        if kind is not None and session.writes != self._writes_before:
            session.doom()
