"""Amounts that are money and times that are datetimes, whatever is asked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledger import Ledger, LedgerEvent, Money, NewBook, RecordedEvent
from ledger.errors import DamagedLedger
from ledger.events import AccountOpened, BookCreated, MoneyDeposited, TransferSent
from tests.support.clock import Clock, utc

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)


def usd(minor_units: int) -> Money:
    return Money(minor_units, "USD", 2)


@pytest.fixture
def books() -> Ledger:
    clock = Clock("2026-03-01T12:00")
    books = Ledger.in_memory(clock=clock, book=NewBook(time_zone="UTC"))
    books.open_account("a", "Ana", initial_balance="5", at="2026-01-01", overdraft="unlimited")
    books.open_account("b", "Bo", at="2026-01-01")
    books.deposit("a", "1.50", at=FEBRUARY, tags={"category": "dues"})
    books.transfer("a", "b", "2", at="2026-02-02")
    return books


def test_balances(books: Ledger) -> None:
    found = books.balance("a", as_of=FEBRUARY)
    assert (found.balance, found.balance_minor) == (usd(650), 650)
    assert (found.as_of, found.as_of_us, found.known_at) == (FEBRUARY, utc("2026-02-01"), None)
    assert found.head.recorded_at == NOON
    assert [each.balance for each in books.balances()] == [usd(450), usd(200)]


def test_accounts(books: Ledger) -> None:
    ana, bo = books.accounts()
    assert (ana.balance, ana.initial_balance) == (usd(450), usd(500))
    assert (ana.overdraft_limit, bo.overdraft_limit) == (None, usd(0))
    assert ana.opened_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert ana.last_activity == datetime(2026, 2, 2, tzinfo=UTC)
    assert (ana.closed_at, ana.status) == (None, "active")


def test_histories_and_statements(books: Ledger) -> None:
    history = books.history("a")
    assert [each.amount for each in history.entries] == [usd(500), usd(150), usd(-200)]
    assert [each.balance for each in history.entries] == [usd(500), usd(650), usd(450)]
    assert (history.entries[1].effective_at, history.entries[1].recorded_at) == (FEBRUARY, NOON)
    assert (history.state.balance, history.state.account_id) == (usd(450), "a")
    statement = books.statement("a", from_time=FEBRUARY)
    assert (statement.opening_balance, statement.closing_balance) == (usd(500), usd(450))
    assert (statement.total_in, statement.total_out) == (usd(150), usd(200))
    assert (statement.from_time, statement.to_time) == (FEBRUARY, None)


def test_an_amended_opening_has_the_unit_that_it_leads_to() -> None:
    books = Ledger.in_memory(clock=Clock("2026-03-01T12:00"))
    books.open_account("points", "Ana", "POINTS", "5", decimals=0)
    books.amend_account("points", currency="STARS", decimals=1, initial_balance="7.5")
    before, after = books.history("points").entries
    assert (before.amount, after.amount) == (Money(5, "POINTS", 0), Money(75, "STARS", 1))
    first, second = (each for each in books.events() if each.account_id)
    assert (first.amount, second.amount) == (Money(5, "POINTS", 0), None)
    assert second.amounts["initial_balance"] == Money(75, "STARS", 1)


def test_events(books: Ledger) -> None:
    created, opened, _, deposited, sent, received = books.events()
    assert isinstance(created.event, BookCreated)
    assert (created.account_id, created.amount, created.amounts) == (None, None, {})
    assert isinstance(opened.event, AccountOpened)
    assert opened.amounts == {"initial_balance": usd(500), "overdraft_limit": None}
    match deposited.event:
        case MoneyDeposited(tags=tags):
            assert tags == {"category": "dues"}
    assert (deposited.position, deposited.version, deposited.account_id) == (4, 2, "a")
    assert (deposited.effective_at, deposited.recorded_at) == (FEBRUARY, NOON)
    assert deposited.metadata["command"] == "deposit"
    assert deposited.actor == deposited.metadata["actor"]
    assert deposited.event_id == deposited.recorded.event_id
    assert (sent.amount, received.amount) == (usd(-200), usd(200))
    assert isinstance(sent.event, TransferSent)
    raw = list(books.events(raw=True))
    assert raw == [each.recorded for each in books.events()]
    assert all(type(each) is RecordedEvent for each in raw)
    following = books.follow(from_position=4)
    assert next(following) == deposited
    assert next(books.follow(raw=True)) == raw[0]


def test_whoever_subscribes_gets_what_the_command_answers(books: Ledger) -> None:
    heard = list[LedgerEvent]()
    stored = list[RecordedEvent]()
    books.subscribe(heard.append)
    books.subscribe(stored.append, raw=True)
    result = books.transfer("a", "b", "1")
    assert tuple(heard) == result.events
    assert tuple(stored) == result.recorded
    assert [each.amount for each in heard] == [usd(-100), usd(100)]
    renamed = books.rename_book("Club")
    assert heard[-1] == renamed
    assert renamed.recorded_at == NOON


def test_a_subscriber_hears_of_a_unit_that_another_process_changed(books: Ledger) -> None:
    heard = list[LedgerEvent]()
    books.open_account("points", "Ana", "POINTS", decimals=0)
    books.subscribe(heard.append)
    books.deposit("points", "5")
    books.reverse("points", 2)
    other = Ledger(books._store, clock=Clock("2026-03-01T12:00"))
    other.amend_account("points", currency="POINTS", decimals=2)
    books.deposit("points", "0.25")
    assert [each.amount for each in heard] == [
        *(Money(units, "POINTS", 0) for units in (5, -5)),
        Money(25, "POINTS", 2),
    ]


def test_the_rest(books: Ledger) -> None:
    book = books.book()
    assert (book.created_at, book.locked_until) == (NOON, None)
    assert [(each.since, each.zone) for each in book.time_zones] == [(None, book.time_zone)]
    (taken,) = books.snapshot(["a"])
    assert taken.last_recorded_at == NOON
    assert taken.highest_effective_at == datetime(2026, 2, 2, tzinfo=UTC)
    (totals,) = books.verify().totals
    assert (totals.money_in, totals.money_out, totals.sent) == (usd(650), usd(0), usd(200))
    agreed = books.agreement("a")
    assert (agreed.fold.balance, agreed.projected_balance) == (usd(450), usd(450))
    *_, last = books.replay("a")
    assert (last.amount, last.after.balance, last.version) == (usd(-200), usd(450), 3)
    books.confirm("a", "4.50", at="2026-02-10")
    books.deposit("a", "1", at="2026-02-05")
    (broken,) = books.broken_confirmations(["a"])
    assert (broken.confirmed, broken.held) == (usd(450), usd(550))
    books.lock("2026-02-20")
    end = datetime(2026, 2, 20, 23, 59, 59, 999999, UTC)
    plan = books.plan_unlock("a mistake")
    assert (plan.locked_until, plan.until, books.locked_until) == (end, None, end)
    erased = books.erase("b", "asked for it")
    assert erased.event is not None
    assert erased.event.event_type == "PersonalDataErased"


def test_a_time_that_no_ledger_takes_is_not_told_as_another(books: Ledger) -> None:
    from msgspec.structs import replace

    with pytest.raises(DamagedLedger, match="past 9999"):
        _ = replace(books.head(), recorded_us=2**62).recorded_at
