"""A PostgreSQL server of this run's own, durable, and what CPU time it has taken."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

_USER: Final = "postgres"
_SLOW_FLUSH: Final = ("commit_delay=2000", "commit_siblings=0")
"""Adds 2 ms to each flush of the write-ahead log, as a disk far away does."""

_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    """A server that runs.

    Attributes:
        programs: the folder of its programs.
        socket: the folder of its socket.
        process: of its postmaster.
    """

    programs: Path
    socket: Path
    process: int

    def url(self, database: str = _USER) -> str:
        return f"postgresql://{_USER}@/{database}?host={quote(str(self.socket), safe='')}"

    def environment(self) -> dict[str, str]:
        """The environment in which the server's own programs find it."""
        path = os.pathsep.join([str(self.programs), os.environ.get("PATH", os.defpath)])
        return os.environ | {"PGHOST": str(self.socket), "PGUSER": _USER, "PATH": path}

    def cpu(self) -> float:
        """CPU seconds that it has taken so far, its processes that have ended included."""
        ticks = sum(_times(self.process))
        for entry in os.scandir("/proc"):
            if entry.name.isdecimal() and _parent(int(entry.name)) == self.process:
                ticks += sum(_times(int(entry.name))[:2])
        return ticks / _TICKS


@contextmanager
def running(programs: Path, folder: str | None, *, slow_flush: bool) -> Iterator[Server]:
    """A new server, with fsync and synchronous_commit as they are by default: on.

    Args:
        folder: where its data is; a disk, or durable commits look free.
    """
    with tempfile.TemporaryDirectory(prefix="ledger-pg-", dir=folder) as name:
        place = Path(name)
        as_root = os.geteuid() == 0
        if as_root:  # the server refuses to run as root
            user = pwd.getpwnam(_USER)
            os.chown(place, user.pw_uid, user.pw_gid)

        def run(*command: str) -> None:
            switch = ("runuser", "-u", _USER, "--") if as_root else ()
            subprocess.run(
                [*switch, str(programs / command[0]), *command[1:]],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd="/",
            )

        data = str(place / "data")
        run(
            "initdb",
            "-D",
            data,
            "--no-sync",
            "--locale=C",
            "-E",
            "UTF8",
            "-A",
            "trust",
            "-U",
            _USER,
        )
        settings = ["listen_addresses=", f"unix_socket_directories={place}", "max_connections=60"]
        settings += [*_SLOW_FLUSH] if slow_flush else []
        given = " ".join(f"-c {setting}" for setting in settings)
        run("pg_ctl", "-D", data, "-l", str(place / "log"), "-o", given, "-w", "start")
        try:
            process = int((place / "data/postmaster.pid").read_text().split("\n")[0])
            yield Server(programs, place, process)
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def _fields(process: int) -> Sequence[str]:
    """The fields of /proc/PID/stat after the name, which may hold anything."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ()


def _parent(process: int) -> int:
    fields = _fields(process)
    return int(fields[1]) if fields else 0


def _times(process: int) -> list[int]:
    """Ticks of it in user and system mode, and of its children that have ended."""
    return [int(each) for each in _fields(process)[11:15]]
