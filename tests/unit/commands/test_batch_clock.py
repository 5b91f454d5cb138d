"""A batch under a clock that was set back: nothing happens before what is recorded already."""

from __future__ import annotations

from ledger import Ledger
from tests.support.clock import HOUR, NOON


def test_a_line_without_a_time_is_not_before_the_last_record_of_its_account() -> None:
    times = [NOON]
    with Ledger.in_memory(clock=lambda: times[-1]) as ledger:
        for account in ("a", "b"):
            ledger.open_account(account, "Ana", initial_balance="20")
        times.append(NOON - HOUR)
        lines = [
            b'{"command": "transfer", "from": "a", "to": "b", "amount": "5"}',
            b'{"command": "withdraw", "account": "a", "amount": "1"}',
        ]
        backdated = (
            b'{"command": "open", "account": "c", "owner": "C", "at": "2026-01-01T00:00:00Z"}'
        )
        ledger.batch([backdated, b'{"command": "deposit", "account": "c", "amount": "1"}', *lines])
        events = list(ledger.events())[2:]
    assert [event.effective_at for event in events[1:]] == [NOON] * 4
