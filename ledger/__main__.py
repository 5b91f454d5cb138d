"""Where the program begins; ``python -m ledger`` is the command ``ledger``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; an interrupt that comes while it is still being loaded ends quietly."""
    try:
        from ledger.cli.main import main as run_and_exit

        run_and_exit()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        os._exit(130)


def _leave_working_folder_out() -> None:
    """Import nothing from the working folder, which ``python -m`` puts before all others."""
    try:
        working_folder = os.getcwd()
    except OSError:  # it may be gone
        working_folder = ""
    if sys.path[:1] in ([""], [working_folder]):
        del sys.path[0]


if __name__ == "__main__":
    _leave_working_folder_out()
    main()
