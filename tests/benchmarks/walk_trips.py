"""The trips that are counted, by the public API and the command line alone.

The two that are typed run in a process of their own, counted from its first line. The others are
*marginal*: the same thing is done with so many units and with more of them, each time on a ledger
of its own and after a run that is not counted (so that every module is loaded), and the difference
is divided by the number of units that were added. So a figure is the mean of one warm unit, with
its share of what happens only now and then, such as every hundredth event's snapshot.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.log_reads import LogReads
from tests.benchmarks.product import SOURCES, Ledger, open_ledger
from tests.benchmarks.walk_counter import Walk, WalkCounter

FEW, MANY = 400, 800
"""Units of the two runs of a marginal trip."""

Action = Callable[[], object]
Prepare = Callable[[Path, int], AbstractContextManager[Action]]
"""Gets everything ready for so many units, and gives what is to be counted."""


class Trip(NamedTuple):
    """What came out of one trip.

    Attributes:
        loaded: modules of the product that the process loaded; None where they were there before.
        log_reads: rows of the log read per unit: how often the log is gone through.
    """

    walk: Walk
    loaded: int | None = None
    log_reads: float | None = None


def typed_deposit(folder: Path) -> Trip:
    """a typed deposit, from process start"""
    return _typed(_ledger_of_days(folder), "deposit", "a", "5.00")


def typed_question(folder: Path) -> Trip:
    """a typed balance --as-of, from process start"""
    return _typed(_ledger_of_days(folder), "balance", "a", "--as-of", "2026-01-05")


@contextmanager
def batch_line(path: Path, units: int) -> Iterator[Action]:
    """one line of a batch"""
    line = b'{"command": "deposit", "account": "a", "amount": "5.00", "description": "lunch"}\n'
    with _opened(path) as ledger:
        yield lambda: ledger.batch([line] * units)


@contextmanager
def bank_row(path: Path, units: int) -> Iterator[Action]:
    """one row of a bank's file, imported"""
    rows = [f"2026-01-{1 + n * 28 // units:02},CARD {n},{n + 1}.25\n" for n in range(units)]
    content = "".join(["Date,Description,Amount\n", *rows]).encode()
    with _opened(path) as ledger:
        yield lambda: ledger.import_statement("a", content)


@contextmanager
def rebuilt_event(path: Path, units: int) -> Iterator[Action]:
    """an event in a rebuild, both projections"""
    with _with_log(path, units) as ledger:
        yield lambda: ledger.rebuild_projections(workers=1)


@contextmanager
def verified_event(path: Path, units: int) -> Iterator[Action]:
    """an event in verify"""
    with _with_log(path, units) as ledger:
        yield lambda: ledger.verify(workers=1)


TYPED: dict[str, Callable[[Path], Trip]] = {"deposit": typed_deposit, "as-of": typed_question}

MARGINAL: dict[str, Prepare] = {
    "batch": batch_line,
    "bank": bank_row,
    "rebuild": rebuilt_event,
    "verify": verified_event,
}


def take(name: str, folder: Path) -> Trip:
    """Go on the trip of a name, in a folder for its ledgers."""
    if name in TYPED:
        return TYPED[name](folder)
    prepare = MARGINAL[name]
    _counted(prepare, folder / "warm.db", FEW)
    few, few_rows = _counted(prepare, folder / "few.db", FEW)
    many, many_rows = _counted(prepare, folder / "many.db", MANY)
    units = MANY - FEW
    return Trip(many.less(few, units), log_reads=(many_rows - few_rows) / units)


def _counted(prepare: Prepare, path: Path, units: int) -> tuple[Walk, int]:
    """What was counted, and how many rows of the log were read."""
    counter = WalkCounter()
    with LogReads() as reads, prepare(path, units) as action:
        before = reads.rows
        with counter:
            action()
        return counter.walk(), reads.rows - before


def _opened(path: Path) -> Ledger:
    ledger = open_ledger(path)
    ledger.open_account("a", owner="Ana", initial_balance="100.00", at="2025-12-31T00:00:00Z")
    return ledger


def _with_log(path: Path, units: int) -> Ledger:
    kinds = (("deposit", "5.00", "lunch"), ("withdraw", "4.00", "supper"))
    lines = [
        json.dumps({"command": kind, "account": "a", "amount": amount, "description": what})
        for kind, amount, what in kinds
    ]
    ledger = _opened(path)
    ledger.batch([line.encode() for line in lines * (units // 2)])
    return ledger


def _ledger_of_days(folder: Path) -> Path:
    path = folder / "typed.db"
    with _opened(path) as ledger:
        for day in range(1, 10):
            ledger.deposit("a", "1.00", at=f"2026-01-{day:02}T09:00:00Z")
    return path


def _typed(path: Path, *arguments: str) -> Trip:
    report = path.with_suffix(".json")
    subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.walk_child", str(report), *arguments],
        env={**os.environ, "LEDGER_DB": str(path)},
        cwd=SOURCES,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    told = json.loads(report.read_text("utf-8"))
    return Trip(Walk(*told["walk"]), loaded=told["loaded"])
