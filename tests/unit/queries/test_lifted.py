"""Events lifted to today, each with the decimals that its account was pinned to."""

from __future__ import annotations

from ledger import Ledger
from ledger.domain.events import OpeningAmended
from ledger.eventstore.codec import encode_event
from ledger.eventstore.records import NewEvent, RecordedEvent, StreamWrite
from ledger.queries.lifted import lifted
from tests.support.clock import Clock


def decimals_of(ledger: Ledger, events: list[RecordedEvent]) -> list[int | None]:
    return [each.decimals for each in lifted(ledger._source, events)]


def test_amounts_have_the_decimals_of_their_account() -> None:
    ledger = Ledger.in_memory(clock=Clock())
    ledger.open_account("coins", "Ana", "BTC", "0.5", decimals=8)
    ledger.open_account("yen", "Ana", "JPY")
    ledger.deposit("coins", "0.00000001")
    ledger.close_account("yen")
    events = list(ledger.events(raw=True))
    assert decimals_of(ledger, events) == [None, 8, 0, 8, None]
    # Where the opening is not among them, it is asked for.
    assert decimals_of(ledger, events[3:]) == [8, None]
    assert decimals_of(ledger, [events[3]]) == [8]


def test_an_amended_opening_counts_from_its_place_in_the_log_on() -> None:
    ledger = Ledger.in_memory(clock=Clock())
    ledger.open_account("points", "Ana", "POINTS", "5", decimals=0)
    opened_at = ledger.balance("points").head.recorded_us
    amended = OpeningAmended("points", "POINTS", 2, 700, opened_at, owner="Ana")
    data, text = encode_event(amended)
    new = NewEvent("OpeningAmended", 1, data, "{}", opened_at, text)
    ledger._store.append([StreamWrite("points", "BankAccount", 1, (new,))])
    ledger.catch_up()
    ledger.deposit("points", "0.25")
    events = list(ledger.events(raw=True, account_id="points"))
    assert decimals_of(ledger, events) == [0, 2, 2]
    assert decimals_of(ledger, events[:1]) == [0]
    assert str(ledger.balance("points").balance) == "7.25 POINTS"
