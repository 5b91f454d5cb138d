"""Where the program begins; ``python -m ledger`` is the command ``ledger``."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # `signal` takes long enough to be interrupted
import os
import sys


def main() -> None:
    """Run the command line."""
    _end_on_signals()
    from ledger.cli.main import main as run_and_exit

    run_and_exit()


def _end_on_signals() -> None:
    """Have Ctrl-C and the like end the program at once while it is still being loaded.

    An exception would show a traceback, or get lost in some places of the import system. What was
    ignored from the start, as in a background job of a shell or under nohup, stays so.
    """
    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        if _signal.getsignal(number) in (_signal.SIG_DFL, _signal.default_int_handler):
            _signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    try:
        os.write(2, b"interrupted\n")
    except OSError:  # there is nobody left to tell
        pass
    os._exit(128 + number)


def _leave_working_folder_out() -> None:
    """Import nothing from the working folder, which ``python -m`` puts before all others."""
    try:
        working_folder = os.getcwd()
    except OSError:  # it may be gone
        working_folder = ""
    if sys.path[:1] in ([""], [working_folder]):
        del sys.path[0]


# Between its import and the call of `main` the installed script compiles a pattern.
if __name__ == "__main__" or os.path.basename(sys.argv[0]) in ("ledger", "eledger"):
    _end_on_signals()

if __name__ == "__main__":
    _leave_working_folder_out()
    main()
