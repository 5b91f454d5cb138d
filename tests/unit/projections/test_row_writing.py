"""Rows that a batch holds until its end: the same tables, written once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from random import Random
from types import FrameType

import pytest

from ledger import Ledger
from ledger.commands import dispatcher
from ledger.errors import ProjectionFailed
from ledger.eventstore.sqlite.tables import SqliteTables
from ledger.projections import folding
from ledger.projections.projector import BALANCES, SUMMARIES
from tests.support.projections.examples import Counts, FailingAt, noon, rows

ACCOUNTS = [f"acc-{number}" for number in range(6)]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are folded ten at a time, so that a short batch is like a long one."""
    monkeypatch.setattr(dispatcher, "PROJECT_EVERY", 10)
    monkeypatch.setattr("ledger.commands.bulk._TOGETHER", 5)


def json_line(command: str, **fields: object) -> bytes:
    return json.dumps({"command": command, **fields}).encode()


def lines() -> Iterator[bytes]:
    """Openings, movements in any order, a correction, and accounts closed and opened again."""
    random = Random(11)
    for each in ACCOUNTS:
        yield json_line("open", account=each, owner=each, initial_balance="9")
    for turn in range(60):
        one, other = random.sample(ACCOUNTS, 2)
        yield json_line("transfer", **{"from": one, "to": other, "amount": "0.01"})
        yield json_line("deposit", account=other, amount="1")
        if turn == 30:
            yield json_line("correct", account=ACCOUNTS[0], version=2, amount="0.02")
    yield json_line("open", account="gone", owner="Gone")
    yield json_line("close", account="gone")
    yield json_line("amend", account=ACCOUNTS[1], owner="Somebody else")


@pytest.mark.parametrize("held", [1, 3, 50_000])
def test_held_rows_are_those_that_each_command_would_write(
    monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(folding, "HELD", held)
    with (
        Ledger.in_memory(clock=noon, projections=[Counts]) as together,
        Ledger.in_memory(clock=noon, projections=[Counts]) as alone,
    ):
        together.batch(lines())
        alone.batch(lines(), commit_every=1, continue_on_error=True)
        assert rows(together)[0] == rows(alone)[0]
        assert list(together.projection_rows("counts")) == list(alone.projection_rows("counts"))
        assert {view.lag for view in together.projections()} == {0}
        assert together.verify().findings == ()


def test_rows_are_written_once_however_long_the_batch_is() -> None:
    written = 0

    def see(frame: FrameType, event: str, _: object) -> None:
        nonlocal written
        written += event == "call" and frame.f_code is SqliteTables.write.__code__

    with Ledger.in_memory(clock=noon) as ledger:
        sys.setprofile(see)
        try:
            ledger.batch(lines())
        finally:
            sys.setprofile(None)
    assert written == 2


def test_one_of_somebodys_own_that_fails_stays_where_it_was() -> None:
    with Ledger.in_memory(clock=noon, projections=[FailingAt(57)]) as ledger:
        ledger.batch(lines())
        views = {view.name: view for view in ledger.projections()}
        assert views["counts"].failure.startswith("the projection counts cannot handle event 57")
        assert 40 <= views["counts"].checkpoint < 57
        assert views[BALANCES.name].lag == views[SUMMARIES.name].lag == 0
        assert ledger.verify().findings == ()


def test_a_built_in_one_that_fails_ends_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger.in_memory(clock=noon) as ledger:
        ledger.open_account("acc", "Ana", initial_balance="1")
        before = rows(ledger)
        fold_all = type(SUMMARIES).fold_all

        def failing(self: object, rows: object, events: object) -> None:
            fold_all(self, rows, events)  # type: ignore[arg-type] # passed on
            raise ArithmeticError("these books do not add up")

        with monkeypatch.context() as patched:
            patched.setattr(type(SUMMARIES), "fold_all", failing)
            with pytest.raises(ProjectionFailed):
                ledger.batch(lines())
        assert rows(ledger) == before
        ledger.deposit("acc", "1")
        assert {view.lag for view in ledger.projections()} == {0}


def test_catching_up_in_the_middle_of_a_batch_writes_what_is_held() -> None:
    told = 0
    with Ledger.in_memory(clock=noon) as ledger:

        def see(_line: int, _outcome: object) -> None:
            nonlocal told
            told += 1
            if told == 50:
                ledger.catch_up()
                assert {view.lag for view in ledger.projections()} == {0}

        ledger.batch(lines(), see)
        assert {view.lag for view in ledger.projections()} == {0}
        assert ledger.verify().findings == ()


def test_nothing_is_held_after_a_block_that_failed() -> None:
    def break_off(line: int, _outcome: object) -> None:
        if line == 40:
            raise EOFError

    with Ledger.in_memory(clock=noon) as ledger:
        ledger.open_account("acc", "Ana")
        with pytest.raises(EOFError):
            ledger.batch(lines(), break_off)
        ledger.deposit("acc", "1")
        assert {view.lag for view in ledger.projections()} == {0}
        assert ledger.verify().findings == ()
