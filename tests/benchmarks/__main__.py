"""Measure ledger beside its peers, both in turn, and print ratios.

Each row is measured in rounds in which ours and every peer take turns; a ratio is the median of the
rounds' ratios, by the clock and by CPU time (child processes' included), with the least and the
most in brackets. "× speed" is the peer's time over ours, "× time" ours over the peer's.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from compileall import compile_dir
from pathlib import Path

import ledger
from tests.benchmarks.backdating import backdated
from tests.benchmarks.bench import Bench, Row
from tests.benchmarks.reading import growth, load, past, rebuild, verify
from tests.benchmarks.report import HEADER, shown
from tests.benchmarks.whole import journals, startup, table
from tests.benchmarks.writing import accounts, bulk, disk, single

ROWS: dict[str, Row] = {
    row.__name__: row
    for row in (
        *(single, bulk, load, rebuild, growth, journals),
        *(accounts, startup, verify, disk, table, past, backdated),
    )
}

_EPILOG = """\
peers: eventsourcing comes with the extra `bench` of this project; ledger-cli and hledger are
packages of the operating system (apt-get install ledger hledger). What is missing is passed over.

A full run takes about half an hour; --scale 20 is a quick look, in which fixed costs (workers that
start, programs that load) weigh more than in a full one.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    if options.list:
        for name, row in ROWS.items():
            print(f"{name:<10} {(row.__doc__ or '').strip()}")
        return
    compile_dir(Path(ledger.__file__).parent, quiet=1)  # or every process of a new checkout does it
    os.environ["LEDGER_ACTOR"] = "tester"
    sizes = "full sizes"
    if options.scale > 1:
        sizes = f"sizes divided by {options.scale}, while the goals are for full ones"
    print(f"{os.cpu_count()} cores, {options.rounds} rounds a row, {sizes}\n")
    print(HEADER)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bench = Bench(
            Path(folder),
            scale=options.scale,
            rounds=options.rounds,
            fresh_venv=options.fresh_venv,
        )
        for name in options.rows or ROWS:
            for measurement in ROWS[name](bench):
                print(shown(name, measurement), flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help=f"which ones (default: all): {', '.join(ROWS)}"
    )
    parser.add_argument("--list", action="store_true", help="say what each row measures, and stop")
    parser.add_argument(
        "--rounds", type=_positive, default=5, metavar="N", help="turns of each side (default: 5)"
    )
    parser.add_argument(
        "--scale",
        type=_positive,
        default=1,
        metavar="N",
        help="divide all sizes by this (default: 1)",
    )
    parser.add_argument(
        "--folder",
        metavar="DIR",
        help="where ledgers are made (default: the system's folder for temporary files); one in "
        "memory makes durable commits look free",
    )
    parser.add_argument(
        "--fresh-venv",
        action="store_true",
        help="run whole processes in an environment made for it by `pip install .`, and not in the "
        "one that runs this, whose programs start slower if ledger is installed in place",
    )
    options = parser.parse_args(arguments)
    for name in options.rows:
        if name not in ROWS:
            parser.error(f"no row {name!r}; there are: {', '.join(ROWS)}")
    return options


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


if __name__ == "__main__":
    main()
