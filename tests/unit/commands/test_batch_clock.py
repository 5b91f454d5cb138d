"""A batch under a clock that was set back: nothing happens before what is recorded already."""

from __future__ import annotations

import pytest

from ledger import Ledger
from ledger.errors import ClockBehind
from tests.support.clock import HOUR, NOON, SECOND


def test_a_line_without_a_time_is_not_before_the_last_record_of_its_account() -> None:
    times = [NOON]
    with Ledger.in_memory(clock=lambda: times[-1]) as ledger:
        for account in ("a", "b"):
            ledger.open_account(account, "Ana", initial_balance="20")
        times.append(NOON - 240 * SECOND)
        lines = [
            b'{"command": "transfer", "from": "a", "to": "b", "amount": "5"}',
            b'{"command": "withdraw", "account": "a", "amount": "1"}',
        ]
        backdated = (
            b'{"command": "open", "account": "c", "owner": "C", "at": "2026-01-01T00:00:00Z"}'
        )
        ledger.batch([backdated, b'{"command": "deposit", "account": "c", "amount": "1"}', *lines])
        events = list(ledger.events(raw=True))[3:]
    assert [event.effective_at for event in events[1:]] == [NOON] * 4


def test_a_batch_under_a_clock_that_is_far_behind_is_refused_whole() -> None:
    times = [NOON]
    with Ledger.in_memory(clock=lambda: times[-1]) as ledger:
        ledger.open_account("a", "Ana", initial_balance="20", at="2026-01-01T00:00:00Z")
        head = ledger.head()
        times.append(NOON - HOUR)
        line = b'{"command": "deposit", "account": "a", "amount": "5", "at": "2026-02-01"}'
        with pytest.raises(ClockBehind, match="line 1: the last entry was recorded at") as refusal:
            ledger.batch([line])
        assert refusal.value.exit_status == 3
        assert refusal.value.advice
        assert ledger.head() == head
