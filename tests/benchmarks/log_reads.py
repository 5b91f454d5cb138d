"""How often the log is read, whoever reads it: rows that SQLite gave out of the table of events."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Self

import apsw

_LOG = re.compile(r"\b(?:FROM|JOIN)\s+events\b", re.IGNORECASE)


class LogReads:
    """Counts on every connection that is opened in its ``with`` block.

    Attributes:
        rows: given so far by statements that read the table of events.
    """

    def __init__(self) -> None:
        self.rows = 0

    def __enter__(self) -> Self:
        apsw.connection_hooks.append(self._watch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        apsw.connection_hooks.remove(self._watch)

    def _watch(self, connection: apsw.Connection) -> None:
        reading: set[object] = set()

        def see(event: dict[str, Any]) -> None:
            statement = event["id"]
            if event["code"] == apsw.SQLITE_TRACE_ROW:
                self.rows += statement in reading
            elif _LOG.search(event["sql"] or ""):
                reading.add(statement)
            else:
                reading.discard(statement)

        connection.trace_v2(apsw.SQLITE_TRACE_STMT | apsw.SQLITE_TRACE_ROW, see)
