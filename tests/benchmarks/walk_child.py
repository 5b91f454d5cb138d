"""One command line, counted from its start: ``python -m tests.benchmarks.walk_child REPORT ...``.

The arguments after REPORT are what would be typed after ``ledger``. A module of its own, since
nothing of the product may be loaded before the counting begins.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import entry_points
from typing import NoReturn

from tests.benchmarks.walk_counter import WalkCounter


def main() -> None:
    report, *arguments = sys.argv[1:]
    (program,) = entry_points(group="console_scripts", name="ledger")
    counter = WalkCounter()
    leave = os._exit

    def finish(status: int) -> NoReturn:
        sys.setprofile(None)
        loaded = sum(name.partition(".")[0] == "ledger" for name in sys.modules)
        with open(report, "w", encoding="utf-8") as file:
            json.dump({"loaded": loaded, "walk": counter.walk()}, file)
        leave(status)

    # The program ends without taking the interpreter apart; what was counted is written before.
    os._exit = finish
    sys.argv = ["ledger", *arguments]
    try:
        with counter:
            program.load()()
    except SystemExit as end:
        finish(end.code if isinstance(end.code, int) else int(end.code is not None))
    finish(0)


if __name__ == "__main__":
    main()
