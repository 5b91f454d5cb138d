"""Accounts that a batch is about to use are read together, and are what they are by themselves."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from types import FrameType

import pytest

from ledger import Ledger, LedgerError
from ledger.commands.repository import AccountRepository
from ledger.eventstore.opening import open_store
from ledger.eventstore.sqlite.session import Session
from tests.support.clock import Clock
from tests.support.log_editing import edit_file


def line(command: str, account: str, **fields: str) -> bytes:
    return json.dumps({"command": command, "account": account, **fields}).encode()


def deposits(account: str, count: int) -> list[bytes]:
    return [line("deposit", account, amount="1.25")] * count


@pytest.fixture
def lived(path: str, clock: Clock) -> list[str]:
    """Accounts of every length, with a snapshot and without."""
    with Ledger.open(path, clock=clock, snapshot_interval=0) as ledger:
        ledger.batch([line("open", "unsnapped", owner="Ana"), *deposits("unsnapped", 130)])
    with Ledger.open(path, clock=clock) as ledger:
        ledger.batch([line("open", "long", owner="Ana"), *deposits("long", 250)])
        ledger.batch([line("open", "short", owner="Ana", at="2020-01-01"), *deposits("short", 2)])
        ledger.deposit("short", "1", at="2020-02-01")
        ledger.batch([line("open", "middle", owner="Ana"), *deposits("middle", 40)])
    return ["long", "short", "middle", "unsnapped"]


def test_each_is_what_it_is_alone(path: str, clock: Clock, lived: list[str]) -> None:
    with closing(open_store(path, clock)) as store:
        together, alone = AccountRepository(store), AccountRepository(store)
        with store.transaction(), together.locked():
            together.read_ahead([*lived, "nobody", "no id", "long"])
            assert set(together.kept) == {"long", "short", "middle", "nobody"}
            for account_id, loaded in together.kept.items():
                other = alone.load_at(account_id)
                assert (loaded.recorded_at, loaded.snapshot_version) == (
                    other.recorded_at,
                    other.snapshot_version,
                )
                assert loaded.account.version == other.account.version
                if other.account.version:
                    assert loaded.account.state == other.account.state
                    assert loaded.account.highest_effective_at == other.account.highest_effective_at


def test_a_batch_over_them_is_right(path: str, clock: Clock, lived: list[str]) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        before = {each: ledger.balance(each) for each in lived}
        ledger.batch(
            [
                *(line("withdraw", each, amount="0.25", at="2026-01-01") for each in lived),
                line("open", "new", owner="Ben"),
                *deposits("new", 1),
                *(each for account in lived for each in deposits(account, 2)),
            ][len(lived) :]
        )
        for each in lived:
            after = ledger.balance(each)
            assert after.version == before[each].version + 2
            assert after.balance.minor_units == before[each].balance.minor_units + 250
        assert ledger.verify().findings == ()


def test_what_is_asked_of_the_file_does_not_grow_with_accounts(path: str, clock: Clock) -> None:
    accounts = [f"member:{number}" for number in range(300)]
    questions = {Session.row.__code__, Session.rows.__code__}
    asked = 0

    def see(frame: FrameType, event: str, _: object) -> None:
        nonlocal asked
        asked += event == "call" and frame.f_code in questions

    with Ledger.open(path, clock=clock) as ledger:
        ledger.batch([line("open", each, owner="Ana") for each in accounts])
        sys.setprofile(see)
        try:
            ledger.batch([line("deposit", each, amount="1") for each in accounts])
        finally:
            sys.setprofile(None)
    assert 0 < asked < len(accounts) / 4


def test_what_cannot_be_read_is_told_at_its_line(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        ledger.batch([line("open", each, owner="Ana") for each in ("a", "b", "c")])
    edit_file(path, "UPDATE events SET data = '{' WHERE position = 3")
    with Ledger.open(path, clock=clock) as ledger, pytest.raises(LedgerError) as refusal:
        ledger.batch([line("deposit", each, amount="1") for each in ("a", "c", "b")])
    assert (refusal.value.code, refusal.value.details["line"]) == ("unreadable_event", 3)
