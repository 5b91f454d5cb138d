"""All measurements in one run, beside their peers: ``python -m tests.benchmarks [SCALE]``.

SCALE divides the sizes (10 for a quick look). Peers: ``pip install '.[bench]'`` for eventsourcing;
ledger-cli and hledger from the system's packages. Each figure is one run on this machine: read the
ratios, not the seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from ledger import Ledger
from ledger.commands.repository import AccountRepository
from ledger.eventstore.opening import open_store
from ledger.times import system_clock
from tests.benchmarks import peers
from tests.benchmarks.material import batch_lines, journal, openings

PROGRAM = str(Path(sys.executable).with_name("ledger"))


def seconds(action: Callable[[], object]) -> float:
    start = perf_counter()
    action()
    return perf_counter() - start


def report(what: str, ours: str, *others: tuple[str, float | None]) -> None:
    """A row: what was measured, our figure, and how many times the speed of each peer that is."""
    ratios = ", ".join(
        f"{ratio:.2f} × {peer}" if ratio is not None else f"{peer} is not installed"
        for peer, ratio in others
    )
    print(f"{what:<58} {ours:>16}   {ratios}", flush=True)


def over(ours: float, theirs: float | None) -> float | None:
    """How many times as fast as a peer that took ``theirs``; None where it is not there."""
    return None if theirs is None else theirs / ours


def one_commit_a_command(folder: Path, count: int) -> None:
    with Ledger.open(folder / "single.db") as ledger:
        ledger.open_account("acc-001", "A")
        ours = seconds(lambda: [ledger.deposit("acc-001", "12.34") for _ in range(count)])
    bare = peers.bare_commits(folder / "bare.db", count)
    other = peers.eventsourcing_commits(folder / "es.db", count)
    report(
        f"command = durable commit, {count:,} (WAL, FULL)",
        f"{count / ours:,.0f}/s",
        ("bare apsw insert + commit", over(ours, bare)),
        ("eventsourcing", over(ours, other)),
    )


def bulk(folder: Path, count: int, other: peers.EventsourcingTimes | None) -> None:
    lines = list(batch_lines(count))
    with Ledger.open(folder / "bulk.db") as ledger:
        ledger.batch(openings())
        ours = seconds(lambda: ledger.batch(lines))
    bare = peers.bare_bulk(folder / "bare-bulk.db", count)
    report(
        f"bulk commands, {count:,} in one commit",
        f"{count / ours:,.0f}/s",
        ("bare apsw bulk insert", over(ours, bare)),
        ("eventsourcing's saves of 100", over(ours, other and other.save)),
    )


def reading(folder: Path, count: int, other: peers.EventsourcingTimes | None) -> None:
    with Ledger.open(folder / "long.db", snapshot_interval=0) as ledger:
        ledger.open_account("acc-001", "A")
        line = b'{"command": "deposit", "account": "acc-001", "amount": "1.00"}'
        ledger.batch([line] * count)
    loader = AccountRepository(open_store(str(folder / "long.db"), system_clock))
    load = seconds(lambda: loader.load_at("acc-001", use_snapshot=False))
    report(
        f"load one stream of {count:,} events, no snapshot",
        f"{count / load:,.0f}/s",
        ("eventsourcing", over(load, other and other.load)),
    )
    events = count * 10
    lines = list(batch_lines(count))
    with Ledger.open(folder / "log.db") as ledger:
        ledger.batch(openings())
        for _ in range(10):
            ledger.batch(lines)
        rebuild = seconds(lambda: ledger.rebuild_projections(workers=2))
    report(
        f"rebuild both projections, {events:,} events, 2 workers",
        f"{events / rebuild:,.0f}/s",
        (
            "eventsourcing's replay",
            None if other is None else (events / rebuild) * other.replay / count,
        ),
    )


def growing(folder: Path, count: int) -> None:
    """Asking one account as its stream grows: each size beside the smallest, five runs each."""
    questions: dict[str, Callable[[Ledger], object]] = {
        "balance": lambda ledger: ledger.balance("acc-001"),
        "history --as-of --limit 10": lambda ledger: ledger.history(
            "acc-001", as_of=middle, limit=10
        ),
    }
    took: dict[tuple[str, int], float] = {}
    sizes = (1_000, count)
    for size in sizes:
        path = folder / f"grow-{size}.db"
        with Ledger.open(path) as ledger:
            ledger.open_account("acc-001", "A")
            line = b'{"command": "deposit", "account": "acc-001", "amount": "1.00"}'
            ledger.batch(line for _ in range(size))
            (middle_event,) = ledger.history("acc-001", at_version=size // 2, limit=1).entries
            middle = middle_event.effective_at
            for name, ask in questions.items():
                asking = partial(ask, ledger)
                took[name, size] = median(seconds(asking) for _ in range(50))
    for name in questions:
        small, large = took[name, sizes[0]], took[name, sizes[1]]
        print(
            f"{name + f', {sizes[1]:,} events':<58} {large * 1e6:>13,.0f} µs   "
            f"{large / small:.2f} × the time at {sizes[0]:,}"
        )


def beside_journals(folder: Path, count: int) -> None:
    lines, book = folder / "lines.jsonl", folder / "book.journal"
    lines.write_bytes(b"".join([*openings(), *batch_lines(count)]))
    book.write_text("".join(journal(count)))
    environ = {**os.environ, "LEDGER_DB": str(folder / "journal.db")}

    def run(*arguments: str) -> float:
        return seconds(
            lambda: subprocess.run(
                [PROGRAM, *arguments],
                env=environ,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    load = run("batch", str(lines))
    ask = median(run("balance") for _ in range(5))
    for name, shown in (("ledger", "ledger-cli"), ("hledger", "hledger")):
        other = peers.journal_balances(name, book)
        report(
            f"balances of {count:,} transactions, whole process",
            f"{ask:.3f} s",
            (f"{shown} on the journal", over(ask, other)),
        )
        report(
            f"loading {count:,} transactions with batch, whole process",
            f"{load:.3f} s",
            (f"{shown} reading them", over(load, other)),
        )


def main() -> None:
    scale = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    print(f"{os.cpu_count()} cores; speeds as multiples of each peer's, all in this run\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one_commit_a_command(folder, 3_000 // scale)
        other = peers.eventsourcing_times(folder / "es-times.db", 100_000 // scale)
        bulk(folder, 100_000 // scale, other)
        reading(folder, 100_000 // scale, other)
        growing(folder, 1_000_000 // scale)
        beside_journals(folder, 100_000 // scale)


if __name__ == "__main__":
    main()
