"""A wire to a PostgreSQL server that is cut at a step of a client's work.

A step is what the client sends before it waits for an answer. The wire is cut before a step has
reached the server, or after it has, when the client waits for the answer; or meanwhile, while the
server is busy with it. Or a step is only held while something else is done, and then goes on.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final

BEFORE: Final = "before"
MEANWHILE: Final = "meanwhile"
AFTER: Final = "after"
HELD: Final = "held"

_SLICE: Final = 0.02
"""Seconds between looks at whether the wire is still wanted."""
_REST: Final = 0.01
"""Seconds in which the rest of a long question comes."""


class Wire:
    """Stands between clients and the socket of a server.

    Args:
        folder: a short one, where clients find it.
        server: the folder of the server's socket.
        left_out: what is left out of what a client asks for as it connects, as pools do it.

    Attributes:
        steps: how many steps were seen since it was last armed.
        is_cut: whether it was cut since then.
    """

    def __init__(self, folder: Path, server: Path, left_out: str = "") -> None:
        self._left_out = left_out.encode()
        self._server = str(server / ".s.PGSQL.5432")
        self.folder = folder
        self.steps = 0
        self.is_cut = False
        self._step: int | None = None
        self._when = BEFORE
        self._cutting: Callable[[], object] = lambda: None
        self._open = True
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        self._listener.settimeout(_SLICE)
        self._threads = [Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def arm(
        self, step: int | None, when: str = BEFORE, cutting: Callable[[], object] | None = None
    ) -> None:
        """Count anew, and cut at a step, counted from 0.

        Args:
            cutting: is called at the cut, and may do worse to the server; or while a step is held.
        """
        self.steps, self.is_cut = 0, False
        self._step, self._when = step, when
        self._cutting = cutting or (lambda: None)

    def close(self) -> None:
        self._open = False
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while self._open:
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                client.settimeout(None)
                thread = Thread(target=self._carry, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self._server)
            ends = {client: server, server: client}
            if self._left_out:
                server.sendall(_without(self._left_out, client.recv(1 << 16)))
            waiting = True
            """Whether the client has got an answer to all that it has sent."""
            while self._open:
                ready, _, _ = select.select([*ends], [], [], _SLICE)
                for end in ready:
                    told = end.recv(1 << 16)
                    if not told:
                        return
                    step = None
                    if end is client and waiting:
                        step, self.steps = self.steps, self.steps + 1
                    waiting = end is server
                    cut = step is not None and step == self._step
                    if cut and self._when == HELD:
                        self._cutting()
                        cut = False
                    if cut and self._when == BEFORE:
                        self._cut()
                        return
                    ends[end].sendall(told)
                    if cut:
                        while select.select([client, server], [], [], _REST)[0] == [client]:
                            server.sendall(client.recv(1 << 16))
                        if self._when == AFTER:  # what was sent is answered, or is being done
                            select.select([server], [], [], 1)
                        self._cut()
                        return

    def _cut(self) -> None:
        self.is_cut = True
        self._cutting()


def _without(name: bytes, startup: bytes) -> bytes:
    """A client's first message without one of its parameters."""
    words = startup[8:].split(b"\0")
    place = words.index(name)
    content = startup[4:8] + b"\0".join(words[:place] + words[place + 2 :])
    return (len(content) + 4).to_bytes(4, "big") + content
