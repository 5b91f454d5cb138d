"""The rows that write: single commands, bulk, many accounts, and what an event takes on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks import product
from tests.benchmarks.bare import BareLog
from tests.benchmarks.bench import EVENTSOURCING, Bench
from tests.benchmarks.material import ACCOUNTS, account_id, batch_lines, openings
from tests.benchmarks.report import Beside, Goal, Measurement, duration, faster, rate, slower
from tests.benchmarks.rounds import Action, Ready, Sample, Side, interleave

_ACCOUNT = account_id(1)


def single(bench: Bench) -> Iterator[Measurement]:
    """one command = one durable commit, in process, all projections inline"""
    count = bench.size(3_000)

    @contextmanager
    def ours(path: Path) -> Iterator[Action]:
        product.make(path, openings())
        with product.open_ledger(path) as ledger:
            yield lambda: product.deposits(ledger, _ACCOUNT, count)

    with bench.scratch() as folder:
        made = product.make(folder / "made.db", openings(), batch_lines(count))
        bare = BareLog.of(made, count)
    sides = [Side(bench.anew(ours), count), Side(bench.anew(bare.commits), count)]
    if EVENTSOURCING:
        from tests.benchmarks import eventsourcing_peer as library

        sides.append(Side(bench.anew(lambda path: library.commits(path, count)), count))
    samples = interleave(sides, bench.rounds)
    yield Measurement(
        f"{count:,} single deposits",
        f"{product.DURABILITY}, 1 a commit",
        rate(samples[0]),
        samples[0],
        _peers(
            samples,
            ("bare apsw insert + commit", faster(clock=0.75, cpu=0.5)),
            ("eventsourcing's SQLite recorder", faster(clock=1.2, cpu=1.1)),
        ),
    )


def bulk(bench: Bench) -> Iterator[Measurement]:
    """bulk commands, validated, chained and projected, in one commit"""
    count = bench.size(100_000)
    lines = list(batch_lines(count))
    with bench.scratch() as folder:
        bare = BareLog.of(product.make(folder / "made.db", openings(), lines), count)
    sides = [
        Side(bench.anew(lambda path: _batch_into(path, lines)), count),
        Side(bench.anew(bare.bulk), count),
    ]
    if EVENTSOURCING:
        from tests.benchmarks import eventsourcing_peer as library

        sides.append(Side(bench.anew(lambda path: library.saves(path, count)), count))
    samples = interleave(sides, bench.rounds)
    yield Measurement(
        f"batch of {count:,} lines over {ACCOUNTS} accounts",
        f"{product.DURABILITY}, {count:,} a commit",
        rate(samples[0]),
        samples[0],
        _peers(
            samples,
            ("bare apsw bulk insert, 1 commit", faster(clock=0.25)),
            ("eventsourcing's saves of 100", faster(clock=2.2)),
        ),
    )


def accounts(bench: Bench) -> Iterator[Measurement]:
    """batch of 150,000 lines over 50,000 accounts, beside the same over 100"""
    count, many = bench.size(150_000), bench.size(50_000)
    with bench.scratch() as folder:

        def over(number: int) -> Ready:
            source = product.make(folder / f"{number}.db", openings(number))
            lines = list(batch_lines(count, number))

            @contextmanager
            def ready(path: Path) -> Iterator[Action]:
                with product.open_ledger(product.copy(source, path)) as ledger:
                    yield lambda: product.batch(ledger, lines)

            return bench.anew(ready)

        samples = interleave([Side(over(many)), Side(over(ACCOUNTS))], bench.rounds)
    yield Measurement(
        f"batch of {count:,} lines over {many:,} accounts",
        f"{product.DURABILITY}, {count:,} a commit",
        duration(samples[0]),
        samples[0],
        [Beside(f"itself over {ACCOUNTS} accounts", samples[1], slower(clock=1.2))],
    )


def disk(bench: Bench) -> Iterator[Measurement]:
    """bytes per event on disk, with a description of 20 characters"""
    count = bench.size(100_000)
    with bench.scratch() as folder:
        path = product.make(folder / "disk.db", openings())
        before = product.size(path)
        with product.open_ledger(path) as ledger:
            product.batch(ledger, batch_lines(count))
        each = (product.size(path) - before) / count
    goal = 275
    yield Measurement(
        f"what {count:,} deposits and withdrawals added to the files of a ledger",
        "closed; indexes, snapshots and projections included",
        f"{each:.0f} bytes each",
        [],
        note=f"goal ≤ {goal} bytes: {'met' if each <= goal else 'missed'}",
    )


@contextmanager
def _batch_into(path: Path, lines: list[bytes]) -> Iterator[Action]:
    product.make(path, openings())
    with product.open_ledger(path) as ledger:
        yield lambda: product.batch(ledger, lines)


def _peers(
    samples: list[list[Sample]], bare: tuple[str, Goal], other: tuple[str, Goal]
) -> list[Beside]:
    """The two peers of a writing row: bare SQLite, and the library where it is installed."""
    return [
        Beside(bare[0], samples[1], bare[1]),
        Beside(other[0], samples[2] if EVENTSOURCING else None, other[1]),
    ]
