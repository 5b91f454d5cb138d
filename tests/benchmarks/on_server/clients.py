"""Client processes of one side: each makes transfers, as long as it is told."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import Connection
from random import Random
from time import perf_counter, process_time
from typing import Final, NamedTuple

ACCOUNTS: Final = 100
_WARM_UP: Final = 30
"""Transfers of each client before any is counted: statements are prepared, caches filled."""


class Transfer(NamedTuple):
    """One that is to be made: ``number`` is its own among all of the client's."""

    number: int
    sender: int
    receiver: int


Client = Callable[[str, int], AbstractContextManager[Callable[[Transfer], object]]]
"""Connects a client with a number to a database, and gives what makes one transfer."""


class Made(NamedTuple):
    """What the clients of a round made, and the seconds of CPU that it took them."""

    transfers: int
    elapsed: float
    cpu: float


class Clients:
    """So many processes that are connected and wait."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def run(self, count: int, seconds: float) -> Made:
        """Let some of them make transfers for so long, at the same time."""
        at_work = self._pipes[:count]
        start = perf_counter()
        for pipe in at_work:
            pipe.send(seconds)
        told = [pipe.recv() for pipe in at_work]
        elapsed = perf_counter() - start
        return Made(sum(made for made, _ in told), elapsed, sum(cpu for _, cpu in told))


@contextmanager
def connected(client: Client, url: str, count: int) -> Iterator[Clients]:
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    try:
        for number in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(client, url, number, theirs))
            process.start()
            theirs.close()
            pipes.append(ours)
            processes.append(process)
        for pipe in pipes:
            assert pipe.recv() == "ready"
        yield Clients(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join()


def _serve(client: Client, url: str, number: int, pipe: Connection) -> None:
    with client(url, number) as transfer:
        work = _transfers(number)
        for _ in range(_WARM_UP):
            transfer(next(work))
        pipe.send("ready")
        while True:
            try:
                end = pipe.recv() + perf_counter()
            except EOFError:
                return
            made, cpu = 0, process_time()
            while perf_counter() < end:
                transfer(next(work))
                made += 1
            pipe.send((made, process_time() - cpu))


def _transfers(client: int) -> Iterator[Transfer]:
    random, number = Random(client), 0
    while True:
        sender, receiver = random.sample(range(ACCOUNTS), 2)
        yield Transfer(number, sender, receiver)
        number += 1
