"""A standby of a PostgreSQL server: it takes over all that is written there, and can be read."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from tests.support.servers.absent import absent
from tests.support.servers.postgresql import PostgresServer, programs
from tests.support.servers.run import Run

_made = count(1)

_PATIENCE: Final = 30.0
"""Seconds until it must have caught up, or be promoted; it takes a few tenths of one."""


class Standby(PostgresServer):
    """Begins as a base backup of the primary, and follows it by streaming.

    Args:
        primary: a server that runs.
    """

    def __init__(self, run: Run, primary: PostgresServer) -> None:
        if not (programs() / "pg_basebackup").exists():
            absent("PostgreSQL standby", f"there is no pg_basebackup in {programs()}")
        super().__init__(run, f"standby-{os.getpid()}-{next(_made)}")
        self._primary = primary

    def catch_up(self) -> None:
        """Wait until it has all that the primary has now."""
        with self._primary.connect() as primary, self.connect() as standby:
            ((wanted,),) = primary.execute("SELECT pg_current_wal_flush_lsn()").fetchall()
            self._wait(standby, f"SELECT pg_last_wal_replay_lsn() >= '{wanted}'")

    def promote(self) -> None:
        """Make it a primary."""
        with self.connect() as standby:
            standby.execute("SELECT pg_promote(wait => true)")
            self._wait(standby, "SELECT NOT pg_is_in_recovery()")

    def _wait(self, connection: object, condition: str) -> None:
        end = monotonic() + _PATIENCE
        while connection.execute(condition).fetchall() != [(True,)]:  # type: ignore[attr-defined]
            assert monotonic() < end, self.log.read_text()
            sleep(0.01)

    def _make(self) -> None:
        self._new_folder()
        command: list[str | Path] = [self._programs() / "pg_basebackup", "-D", self.data]
        command += ["-h", self._primary.folder, "-p", str(self._primary.port), "-U", "postgres"]
        command += ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        self._carry_out(command)
