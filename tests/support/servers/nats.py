"""A NATS server with JetStream on the loopback interface, which can be killed and started again."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, TypeVar

from tests.support.servers.absent import absent
from tests.support.servers.run import Run
from tests.support.servers.server import Server

_T = TypeVar("_T")

_PATIENCE: Final = 30.0
"""Seconds until it must answer; it takes a few hundredths of one."""


def program() -> str:
    """The server's program, from the wheel or as it is installed; without it the test is skipped.

    The wheel's comes first, since its release is known.
    """
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        absent(
            "NATS", "it is not installed, and its wheel (of the extra `dev`) is not there either"
        )
    return found


class NatsServer(Server):
    """One server with JetStream.

    Args:
        run, name: see `Server`.
        settings: lines of its configuration file.
    """

    def __init__(self, run: Run, name: str, *settings: str) -> None:
        super().__init__(run, name)
        self._program = program()
        self._settings = settings
        self._port = -1
        self.folder.mkdir()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, on the port that it had before."""
        config = self.folder / "nats.conf"
        config.write_text("\n".join(self._settings))
        command = [self._program, "-c", str(config), "-js", "-a", "127.0.0.1"]
        command += ["-p", str(self._port), "--ports_file_dir", str(self.folder)]
        self._guard = self._launch([*command, "-sd", str(self.folder / "kept")])
        end = monotonic() + _PATIENCE
        while not (self._port > 0 and self._answers()):
            assert monotonic() < end, self.log.read_text()
            assert not self.has_ended(), self.log.read_text()
            with suppress(ValueError, LookupError):
                ports = next(self.folder.glob("*.ports"), None)
                if ports is not None:
                    self._port = int(json.loads(ports.read_text())["nats"][0].rpartition(":")[2])
            sleep(0.005)

    def ask(self, question: Callable[[Any], Awaitable[_T]], **options: Any) -> _T:
        """Ask something of JetStream: a function of its context."""
        import nats

        async def asked() -> _T:
            client = await nats.connect(f"nats://{self.host}", **options)
            try:
                return await question(client.jetstream())
            finally:
                await client.close()

        return asyncio.run(asked())

    def bodies(self, stream: str, **options: Any) -> list[bytes]:
        """All messages of a stream, in its order."""

        async def read(jetstream: Any) -> list[bytes]:
            info = await jetstream.stream_info(stream)
            found: list[bytes] = []
            if info.state.messages:
                reader = await jetstream.subscribe("", stream=stream, ordered_consumer=True)
                while len(found) < info.state.messages:
                    found.append((await reader.next_msg(10)).data)
            return found

        return self.ask(read, **options)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1) as line:
            return bool(line.recv(4))
        return False
