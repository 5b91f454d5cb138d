"""When the events of a log were known, by definition: from all of them, without a shortcut."""

from __future__ import annotations

import json
from itertools import accumulate

from ledger import Ledger, RecordedEvent

_SIGN = {
    "MoneyDeposited": 1,
    "MoneyWithdrawn": -1,
    "TransferSent": -1,
    "TransferReceived": 1,
}


def known_log(ledger: Ledger) -> list[tuple[int, RecordedEvent]]:
    """Each event behind the time when it was known, in µs UTC."""
    log = list(ledger.events(raw=True))
    withdrawn = {
        json.loads(event.data)["withdraws"]
        for event in log
        if event.event_type == "ClockCorrectionWithdrawn"
    }
    standing = [
        (json.loads(event.data)["from_position"], event)
        for event in log
        if event.event_type == "ClockCorrected" and event.version not in withdrawn
    ]
    own = (
        min(
            [event.recorded_at]
            + [
                each.recorded_at
                for start, each in standing
                if start <= event.position < each.position
            ]
        )
        for event in log
    )
    return list(zip(accumulate(own, max), log, strict=True))


def balances_known(log: list[tuple[int, RecordedEvent]], instant: int) -> dict[str, int]:
    """What was known by an instant (µs UTC) of each account opened by then, in minor units.

    Args:
        log: as `known_log` gives it.
    """
    balances: dict[str, int] = {}
    for known, event in log:
        if known > instant:
            break
        data = json.loads(event.data)
        if event.event_type == "AccountOpened":
            balances[event.stream_id] = data["initial_balance"]
        elif event.event_type in _SIGN:
            balances[event.stream_id] += _SIGN[event.event_type] * data["amount"]
    return balances


def balances_asked(ledger: Ledger, instant: int) -> dict[str, int]:
    """The same as the ledger answers, asked of each account and of all at once."""
    of_all = {
        report.account_id: report.balance.minor_units
        for report in ledger.balances(known_at=instant)
    }
    for account, balance in of_all.items():
        assert ledger.balance(account, known_at=instant).balance.minor_units == balance
    return of_all
