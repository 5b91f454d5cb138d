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


if __name__ == "__main__":
    main()
