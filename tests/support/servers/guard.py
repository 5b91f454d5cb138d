"""Runs a server for as long as somebody has a use for it, and no longer.

Whoever has holds a lock on a file. A lock ends with the process that holds it, however that ends,
so that no server outlives a run that was interrupted or killed.

    python -m tests.support.servers.guard LOCK FOLDER USER SIGNAL COMMAND…

The server is told to end by the signal; then the folder of the lock is removed, with all that the
run has left in it. The server's process id is in the file `pid` of its folder.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

_PATIENCE: Final = 10.0
"""Seconds that a server has to end by itself; it takes a tenth of one."""


def main() -> None:
    """Be the guard."""
    lock, folder, user, number, *command = sys.argv[1:]
    server = subprocess.Popen(command, cwd="/", start_new_session=True, **_run_as(user))
    pid = Path(folder, "pid")
    pid.with_suffix(".new").write_text(str(server.pid))
    pid.with_suffix(".new").rename(pid)
    unused = Event()

    def end_with_the_lock() -> None:
        with suppress(FileNotFoundError), open(lock, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
        unused.set()
        with suppress(ProcessLookupError):
            os.kill(server.pid, int(number))
        with suppress(subprocess.TimeoutExpired):
            server.wait(_PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        shutil.rmtree(Path(lock).parent, ignore_errors=True)

    waiter = Thread(target=end_with_the_lock, daemon=True)
    waiter.start()
    server.wait()
    if unused.is_set():
        waiter.join()


def _run_as(user: str) -> dict[str, Any]:
    """Options of `subprocess` that run something as another user, where one is named."""
    if not user:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


if __name__ == "__main__":
    main()
