"""The rows that read in process: streams, rebuilds, questions about the past, verification."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from tests.benchmarks import product
from tests.benchmarks.bare import Entries, hashing_scan
from tests.benchmarks.bench import EVENTSOURCING, Bench
from tests.benchmarks.material import account_id, batch_lines, moment, openings
from tests.benchmarks.report import Beside, Measurement, duration, faster, rate, slower
from tests.benchmarks.rounds import Action, Ready, Sample, Side, interleave, plain

_ASKED = 50
"""Times that a short question is asked in one round."""


def load(bench: Bench) -> Iterator[Measurement]:
    """load one long stream, no snapshot"""
    count = bench.size(100_000)
    with bench.scratch() as folder, ExitStack() as stack:
        path = folder / "long.db"
        product.make(path, openings(1), batch_lines(count, 1), snapshots=False)

        @contextmanager
        def ours() -> Iterator[Action]:
            with product.open_ledger(path, snapshots=False) as ledger:
                yield lambda: product.load_stream(ledger, account_id(0))

        sides = [Side(ours, count)]
        if EVENTSOURCING:
            from tests.benchmarks import eventsourcing_peer as library

            saved = stack.enter_context(closing(library.Saved(folder / "es.db", count)))
            sides.append(Side(plain(saved.load), saved.events))
        samples = interleave(sides, bench.rounds, warm=True)
    yield Measurement(
        f"load a stream of {count:,} events",
        "no snapshot; by rehearsing a command, in a ledger just opened",
        rate(samples[0]),
        samples[0],
        [Beside("eventsourcing's repository", _other(samples), faster(clock=20))],
    )


def rebuild(bench: Bench) -> Iterator[Measurement]:
    """rebuild both projections, 1 M events, 2 workers"""
    count = bench.size(100_000)
    with bench.scratch() as folder, ExitStack() as stack:
        ledger = stack.enter_context(product.open_ledger(bench.log))
        sides = [Side(plain(lambda: product.rebuild(ledger, workers=2)), bench.log_size)]
        if EVENTSOURCING:
            from tests.benchmarks import eventsourcing_peer as library

            saved = stack.enter_context(closing(library.Saved(folder / "es.db", count)))
            sides.append(Side(plain(saved.replay), saved.events))
        samples = interleave(sides, bench.rounds)
    yield Measurement(
        f"rebuild both projections, {bench.log_size:,} events",
        f"2 workers; {product.DURABILITY}, 1 commit; the peer's log: {count:,} events, per event",
        rate(samples[0]),
        samples[0],
        [Beside("eventsourcing's log replay", _other(samples), faster(clock=10))],
    )


def verify(bench: Bench) -> Iterator[Measurement]:
    """verify 1 M events with 2 workers, beside a bare scan that hashes every row"""
    with product.open_ledger(bench.log) as ledger:
        sides = [
            Side(plain(lambda: product.verify(ledger, workers=2)), bench.log_size),
            Side(plain(lambda: hashing_scan(bench.log)), bench.log_size),
        ]
        samples = interleave(sides, bench.rounds)
    yield Measurement(
        f"verify {bench.log_size:,} events",
        "2 workers; the scan has one",
        rate(samples[0]),
        samples[0],
        [Beside("bare scan, hash of each row", samples[1], faster(clock=0.3))],
    )


def growth(bench: Bench) -> Iterator[Measurement]:
    """balance and history --as-of --limit 10 as a stream grows from 1,000 to 1 M events"""
    small, large = 1_000, bench.size(1_000_000)
    with bench.scratch() as folder, ExitStack() as stack:

        def asking(count: int) -> dict[str, Ready]:
            path = folder / f"{count}.db"
            product.make(path, openings(1), batch_lines(count, 1, dated=True))
            ledger = stack.enter_context(product.open_ledger(path))
            middle = moment(count // 2).isoformat()

            def repeat(ask: product.Question) -> None:
                for _ in range(_ASKED):
                    ask(ledger)

            questions = product.questions(account_id(0), middle)
            return {name: plain(partial(repeat, ask)) for name, ask in questions.items()}

        long, short = asking(large), asking(small)
        for name in long:
            sides = [Side(long[name], _ASKED), Side(short[name], _ASKED)]
            samples = interleave(sides, bench.rounds, warm=True)
            yield Measurement(
                f"{name} of an account of {large:,} events",
                f"as of the middle; {_ASKED} times a round, warm",
                duration(samples[0]),
                samples[0],
                [Beside(f"itself at {small:,} events", samples[1], slower(clock=1.1))],
            )


def past(bench: Bench) -> Iterator[Measurement]:
    """balance --as-of of all accounts, 2 M events over 50,000, beside the aggregate in SQL"""
    count, accounts = bench.size(2_000_000), bench.size(50_000)
    middle = moment(count // 2)
    microseconds = int(middle.timestamp()) * 1_000_000
    with bench.scratch() as folder, ExitStack() as stack:
        path = product.make(
            folder / "past.db", openings(accounts), batch_lines(count, accounts, dated=True)
        )
        entries = stack.enter_context(closing(Entries(folder / "entries.db", count, accounts)))
        ledger = stack.enter_context(product.open_ledger(path))
        ours = partial(product.all_balances, ledger, middle.isoformat())
        assert ours() == entries.balances(microseconds)
        sides = [Side(plain(ours)), Side(plain(partial(entries.balances, microseconds)))]
        samples = interleave(sides, bench.rounds)
    yield Measurement(
        f"balances as of the middle, {count:,} events over {accounts:,} accounts",
        "in process, warm; the table by hand has no index",
        duration(samples[0]),
        samples[0],
        [Beside("aggregate by hand in SQL", samples[1], slower(clock=1.5))],
    )


def _other(samples: list[list[Sample]]) -> list[Sample] | None:
    """Those of the library, where it is installed."""
    return samples[1] if EVENTSOURCING else None
