"""The rows of whole processes: start-up, beside journals, and what is drawn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.benchmarks import product
from tests.benchmarks.bench import Bench
from tests.benchmarks.material import batch_lines, journal, openings
from tests.benchmarks.processes import journal_reader, peak_memory, run
from tests.benchmarks.report import Beside, Measurement, duration, faster, slower
from tests.benchmarks.rounds import Action, Side, interleave, plain
from tests.support.cli.terminal import run_on_terminal

_PAIRS = 8
"""Pairs of starts in one round: a single start is too short to trust."""

_BARE = """\
import typer

app = typer.Typer()


@app.command()
def deposit(account: str, amount: str) -> None:
    print(account, amount)


app()
"""


def startup(bench: Bench) -> Iterator[Measurement]:
    """a whole durable ledger deposit, beside a bare one-command Typer program"""
    with bench.scratch() as folder:
        bare = folder / "bare.py"
        bare.write_text(_BARE)
        ledger = str(bench.programs / "ledger")
        environ = {**os.environ, "LEDGER_DB": str(folder / "books.db")}
        run([ledger, "open", "a", "--owner", "A"], environ)
        sides = [
            _side([ledger, "deposit", "a", "5.00"], environ),
            _side([str(bench.programs / "python"), str(bare), "a", "5.00"], environ),
        ]
        samples = interleave(sides, bench.rounds * _PAIRS, warm=True)
    yield Measurement(
        "a whole ledger deposit",
        f"{product.DURABILITY}, 1 a commit; {bench.rounds * _PAIRS} pairs; in {bench.environment}",
        duration(samples[0]),
        samples[0],
        [Beside("bare Typer program", samples[1], slower(clock=1.2))],
    )


def journals(bench: Bench) -> Iterator[Measurement]:
    """balances of 100,000 transactions, whole process, beside ledger-cli and hledger"""
    count = bench.size(100_000)
    ledger = str(bench.programs / "ledger")
    with bench.scratch() as folder:
        lines, book, loaded = folder / "lines.jsonl", folder / "book.journal", folder / "loaded.db"
        lines.write_bytes(b"".join([*openings(), *batch_lines(count)]))
        book.write_text("".join(journal(count)))
        environ = {**os.environ, "LEDGER_DB": str(loaded)}
        run([ledger, "batch", str(lines)], environ)

        @contextmanager
        def loading(path: Path) -> Iterator[Action]:
            yield lambda: run([ledger, "batch", str(lines)], {**environ, "LEDGER_DB": str(path)})

        readers = {"ledger-cli": journal_reader("ledger"), "hledger": journal_reader("hledger")}
        sides = [
            Side(bench.anew(loading), is_process=True),
            _side([ledger, "balance"], environ),
            *(
                _side([program, "-f", str(book), "balance", "Assets"], environ)
                for program in filter(None, readers.values())
            ),
        ]
        load, ask, *others = interleave(sides, bench.rounds)
    there = iter(others)
    theirs = {name: next(there) if program else None for name, program in readers.items()}
    yield Measurement(
        f"balances of {count:,} transactions, whole process",
        f"loaded before, theirs is a journal; in {bench.environment}",
        duration(ask),
        ask,
        [
            Beside("ledger-cli", theirs["ledger-cli"], faster(clock=8)),
            Beside("hledger", theirs["hledger"], faster(clock=44)),
        ],
    )
    yield Measurement(
        f"loading {count:,} transactions with batch, whole process",
        f"{product.DURABILITY}, one commit; they only read the journal",
        duration(load),
        load,
        [Beside(name, samples, faster()) for name, samples in theirs.items()],
    )


def table(bench: Bench) -> Iterator[Measurement]:
    """accounts --format table of 50,000 rows, whole process, beside plain; on terminals, too"""
    count = bench.size(50_000)
    with bench.scratch() as folder:
        path = product.make(folder / "accounts.db", openings(count))
        environ = {**os.environ, "LEDGER_DB": str(path)}
        drawn, plainly = (
            [str(bench.programs / "ledger"), "accounts", "--format", form]
            for form in ("table", "plain")
        )
        peaks = [peak_memory(command, environ) for command in (drawn, plainly)]
        places: dict[str, Callable[[Sequence[str]], object]] = {
            "into nowhere": partial(run, environ=environ)
        }
        for columns in (80, 200):
            places[f"on a terminal of {columns} columns"] = partial(
                run_on_terminal, env=environ, cwd=folder, columns=columns
            )
        for place, running in places.items():
            sides = [
                Side(plain(partial(running, command)), is_process=True)
                for command in (drawn, plainly)
            ]
            table, rows = interleave(sides, bench.rounds)
            yield Measurement(
                f"accounts --format table, {count:,} rows, whole process",
                f"{place}; in {bench.environment}",
                duration(table),
                table,
                [Beside("--format plain", rows, slower(clock=1.5))],
                note=f"most memory: {peaks[0]} MB, plain {peaks[1]} MB; goal: flat",
            )


def _side(command: Sequence[str], environ: dict[str, str]) -> Side:
    return Side(plain(partial(run, command, environ)), is_process=True)
