"""Count how much of the product's code a trip goes through: files, calls, changes of file.

Run it before and after a change of the architecture: it uses only the public API and the command
line. What is counted, and how, is said in ``walk_counter.py`` and ``walk_trips.py``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from tests.benchmarks.walk_trips import MARGINAL, TYPED, Trip, take

NAMES = ("deposit", "batch", "as-of", "bank", "rebuild", "verify")

_EPILOG = """\
columns:
  files       entered by the trip (a marginal trip: by every second unit at least)
  calls       functions of ledger begun; no resumed generators, no comprehensions
  moves       changes of file, on the way in as on the way back
  rooms       changes of room: the first folder below ledger/, or a module there
  loaded      modules of ledger that the process loaded
  at import   calls made while modules were being loaded, not part of `calls`
  log reads   rows of the log read per unit

A typed trip is counted in a process of its own from its first line. A marginal
one is the difference between many units and fewer, per unit: a mean, and warm.
"""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.walks",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "trips", nargs="*", metavar="TRIP", help=f"which ones (default: all): {', '.join(NAMES)}"
    )
    parser.add_argument(
        "--files", action="store_true", help="also list the files, and how often each was entered"
    )
    options = parser.parse_args(arguments)
    for name in options.trips:
        if name not in NAMES:
            parser.error(f"no trip {name!r}; there are: {', '.join(NAMES)}")
    os.environ["LEDGER_ACTOR"] = "walker"
    print(
        f"{'trip':<44} {'files':>6} {'calls':>7} {'moves':>7} {'rooms':>7} "
        f"{'loaded':>7} {'at import':>10} {'log reads':>10}"
    )
    for name in options.trips or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            trip = take(name, Path(folder))
        print(_row(name, trip), flush=True)
        if options.files:
            for file in trip.walk.files:
                print(f"    {trip.walk.entries[file]:8.2f}  {file}")


def _row(name: str, trip: Trip) -> str:
    walk = trip.walk
    typed = name in TYPED
    what = ((TYPED[name] if typed else MARGINAL[name]).__doc__ or name) + ("" if typed else " *")
    digits = 0 if typed else 1
    figures = (walk.calls, walk.moves, walk.room_moves)
    loaded = "" if trip.loaded is None else str(trip.loaded)
    imported = f"{walk.import_calls:.0f}" if typed else ""
    reads = "" if trip.log_reads is None else f"{trip.log_reads:.2f}"
    shown = " ".join(f"{figure:>7.{digits}f}" for figure in figures)
    return f"{what:<44} {len(walk.files):>6} {shown} {loaded:>7} {imported:>10} {reads:>10}"


if __name__ == "__main__":
    main()
