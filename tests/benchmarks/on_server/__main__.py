"""Measure a transfer on a PostgreSQL server beside others that keep events there, and print ratios.

A transfer is two events in the streams of two of a hundred accounts, written together. Ours is
`Ledger.transfer` with an idempotency key: validated, chained, with a record of its key and the
rows of two projections; the peers store two events, and nothing else. All have the same server,
which is started for this run with `fsync` and `synchronous_commit` on. Clients are processes; all
take turns, and each ratio is the median of the rounds' ratios, with the least and the most in
brackets: by the clock, and by CPU time, client's and server's together.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from tests.benchmarks.on_server import ours, peers
from tests.benchmarks.on_server.clients import Client, Clients, connected
from tests.benchmarks.on_server.server import Server, running
from tests.benchmarks.rounds import Sample, ratios

_CLIENTS: Final = (1, 8)


class Side(NamedTuple):
    """One of those that take turns.

    Attributes:
        goals: how many times its rate ours should be, with 1 client and with 8; None for no goal.
    """

    name: str
    client: Client
    goals: tuple[float | None, float | None] = (None, None)


class Turn(NamedTuple):
    """What one side did in one round: transfers a second, and µs of CPU for each."""

    rate: float
    client: float
    server: float

    @property
    def sample(self) -> Sample:
        return Sample(1 / self.rate, self.client + self.server)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    os.environ["LEDGER_ACTOR"] = "tester"
    flush = "each flush 2 ms slower" if options.slow_flush else "the disk's own flushes"
    print(f"{os.cpu_count()} cores, {options.rounds} rounds of {options.seconds:g} s, {flush}\n")
    with (
        running(options.programs, options.folder, slow_flush=options.slow_flush) as server,
        ExitStack() as stack,
    ):
        sides = []
        for side, url in _sides(server, options.message_db):
            sides.append((side, stack.enter_context(connected(side.client, url, max(_CLIENTS)))))
        for place, count in enumerate(_CLIENTS):
            _compare(sides, server, place, count, options.rounds, options.seconds)


def _sides(server: Server, message_db: Path | None) -> list[tuple[Side, str]]:
    """All sides, ours first, with the URLs of their databases."""
    sides = [(Side("ledger", ours.client), ours.create(server))]
    if message_db is not None:
        url = peers.install_message_db(server, message_db)
        sides += [
            (Side("message-db, write_message × 2, 1 commit", peers.message_db, (1, 2)), url),
            (Side("  the same in one pipeline", peers.message_db_in_one_trip), url),
            (Side("  the same, 2 commits", peers.message_db_in_two_commits), url),
        ]
    if peers.EVENTSOURCING:
        url = peers.create_recorder(server)
        one_by_one = peers.eventsourcing_one_by_one
        sides += [
            (
                Side("eventsourcing's recorder, 1 call", peers.eventsourcing_recorder, (1.3, 1.3)),
                url,
            ),
            (Side("  the same, a call for each event", one_by_one), url),
        ]
    return sides


def _compare(
    sides: Sequence[tuple[Side, Clients]],
    server: Server,
    place: int,
    count: int,
    rounds: int,
    seconds: float,
) -> None:
    """Let so many clients of each side work in turn, and print what came of it."""
    turns: list[list[Turn]] = [[] for _ in sides]
    for _ in range(rounds):
        for (_, clients), mine in zip(sides, turns, strict=True):
            before = server.cpu()
            made = clients.run(count, seconds)
            on_server = server.cpu() - before
            each = 1e6 / made.transfers
            mine.append(Turn(made.transfers / made.elapsed, made.cpu * each, on_server * each))
    print(f"{count} client{'s' if count > 1 else ''}")
    for (side, _), mine in zip(sides, turns, strict=True):
        rate, client, on_server = (median(each) for each in zip(*mine, strict=True))
        line = f"  {side.name:<40} {rate:6,.0f}/s  "
        line += f" CPU: client {client:5,.0f} + server {on_server:5,.0f} µs"
        if mine is not turns[0]:
            clock, cpu = ratios([each.sample for each in mine], [each.sample for each in turns[0]])
            line += f"   ours × speed {clock!s:<18} by CPU {cpu!s:<18}"
            goal = side.goals[place]
            if goal is not None:
                line += f" goal ≥ {goal:g}: {'met' if clock.middle >= goal else 'missed'}"
        print(line, flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.on_server",
        description=__doc__,
        epilog="eventsourcing comes with the extra `bench`; without it, that peer is passed over.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--message-db",
        type=Path,
        metavar="FOLDER",
        help="a checkout of github.com/message-db/message-db; without it, that peer is passed over",
    )
    parser.add_argument(
        "--slow-flush", action="store_true", help="add 2 ms to each flush, as a disk far away does"
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns of each side (5)")
    parser.add_argument(
        "--seconds", type=float, default=2, metavar="S", help="that each turn takes (2)"
    )
    parser.add_argument(
        "--programs",
        type=Path,
        default=Path("/usr/lib/postgresql/15/bin"),
        metavar="FOLDER",
        help="where initdb and pg_ctl are (/usr/lib/postgresql/15/bin)",
    )
    parser.add_argument(
        "--folder",
        metavar="DIR",
        help="where the server's data is (default: the system's folder for temporary files); in "
        "memory, durable commits look free",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
