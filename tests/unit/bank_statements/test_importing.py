from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from ledger import Ledger, LedgerError
from ledger.bank_statements.importing import Outcome
from ledger.bank_statements.planning import Plan
from ledger.bank_statements.rules.rules_file import read_format
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.errors import (
    AccountClosed,
    BeforeOpening,
    CurrencyMismatch,
    InsufficientFunds,
    InvalidText,
    InvalidTime,
    NoSuchAccount,
)
from ledger.eventstore.records import RecordedEvent
from tests.support.bank_statements.reading import statement
from tests.support.clock import Clock, utc

HEADER = "Date,Description,Amount"
MARCH = statement(
    HEADER,
    "2026-01-10,Pay,100.00",
    "2026-01-14,Café,-4.25",
    "2026-01-14,Café,-4.25",
    "2026-02-03,Rent,-80.00",
)


@pytest.fixture
def books(ledger: Ledger) -> Ledger:
    """A ledger with an empty account, opened on a morning."""
    ledger.open_account("a", "Ana", at="2026-01-10T09:00Z")
    return ledger


def entries(ledger: Ledger, account_id: str = "a") -> list[tuple[int, int, str]]:
    """(effective time, signed amount, description) of an account's entries, as recorded."""
    found = ledger.history(account_id).entries[1:]
    return [(entry.effective_us, entry.amount_minor, entry.description) for entry in found]


def whole(ledger: Ledger) -> object:
    """Everything that an import without effect must leave unchanged."""
    return (
        list(ledger.export_events()),
        ledger.accounts(),
        ledger.balances(),
        ledger.projections(),
        ledger.snapshots(),
    )


def test_a_statement_becomes_deposits_and_withdrawals(books: Ledger) -> None:
    report = books.import_statement("a", MARCH)
    assert entries(books) == [
        (utc("2026-01-10T09:00"), 10000, "Pay"),
        (utc("2026-01-14T00:00"), -425, "Café"),
        (utc("2026-01-14T00:00"), -425, "Café"),
        (utc("2026-02-03T00:00"), -8000, "Rent"),
    ]
    assert (report.imported, report.money_in_minor, report.money_out_minor) == (4, 10000, 8850)
    assert (report.already_there, report.refused, report.skipped) == (0, [], 0)
    assert [event.event_type for event in books.events(raw=True, account_id="a")][1:] == [
        "MoneyDeposited",
        *["MoneyWithdrawn"] * 3,
    ]
    assert [str(row.balance) for row in books.balances()] == ["11.50 USD"]


def test_the_same_statement_again_adds_nothing(books: Ledger) -> None:
    books.import_statement("a", MARCH)
    before = whole(books)
    report = books.import_statement("a", MARCH)
    assert (report.imported, report.already_there) == (0, 4)
    assert whole(books) == before


def test_what_was_reversed_is_imported_again_and_what_was_corrected_is_not(books: Ledger) -> None:
    books.import_statement("a", MARCH)
    books.reverse("a", 3)
    books.correct("a", 5, amount="81.00")
    books.correct("a", 2, changes={"description": "Pay of January"})
    for imported in (1, 0):
        report = books.import_statement("a", MARCH)
        assert (report.imported, report.already_there) == (imported, 4 - imported)
    assert books.balance("a").balance.minor_units == 10_000 - 2 * 425 - 8_100
    assert books.verify().findings == ()


def test_what_was_reversed_from_a_later_moment_on_is_there(books: Ledger) -> None:
    books.import_statement("a", MARCH)
    books.reverse("a", 3, at="2026-02-20")
    assert books.import_statement("a", MARCH).imported == 0


def test_what_was_corrected_is_gone_once_what_took_its_place_is_reversed(books: Ledger) -> None:
    books.import_statement("a", MARCH)
    books.correct("a", 5, amount="81.00")
    books.correct("a", 7, amount="82.00")
    assert books.import_statement("a", MARCH).imported == 0
    books.reverse("a", 9)
    assert books.import_statement("a", MARCH).imported == 1
    assert books.balance("a").balance.minor_units == 10_000 - 2 * 425 - 8_000


def test_an_overlapping_statement_adds_what_is_new(books: Ledger) -> None:
    books.import_statement("a", MARCH)
    more = statement(HEADER, "2026-01-14,Café,-4.25", "2026-02-03,RENT,-80.00", "2026-02-04,Gift,7")
    report = books.import_statement("a", more)
    assert (report.imported, report.already_there) == (1, 2)
    assert entries(books)[4:] == [(utc("2026-02-04T00:00"), 700, "Gift")]


def test_half_a_day_and_later_the_whole_day_leave_no_duplicate_and_no_gap(books: Ledger) -> None:
    morning = statement(HEADER, "2026-01-10,Pay,100.00", "2026-01-14,Café,-4.25")
    books.import_statement("a", morning)
    books.import_statement("a", MARCH)
    assert [amount for _, amount, _ in entries(books)] == [10000, -425, -425, -8000]


def test_the_same_statement_in_another_time_zone_adds_nothing(
    books: Ledger, zone: Callable[[str], None]
) -> None:
    books.import_statement("a", MARCH)
    zone("XXX5")
    assert books.import_statement("a", MARCH).already_there == 4


def test_each_account_has_its_own_entries(books: Ledger) -> None:
    books.open_account("b", "Bo", at="2026-01-01")
    books.import_statement("a", MARCH)
    assert books.import_statement("b", MARCH).imported == 4
    assert [amount for _, amount, _ in entries(books, "b")] == [10000, -425, -425, -8000]


def test_one_import_is_one_run_with_a_key_for_each_entry(books: Ledger) -> None:
    outcomes: list[Outcome] = []
    books.import_statement("a", MARCH, on_outcome=outcomes.append)
    metadata = [json.loads(event.metadata) for event in books.events(raw=True, account_id="a")][1:]
    assert len({each["run"] for each in metadata}) == 1
    assert {each["via"] for each in metadata} == {"import"}
    keys = [each["idempotency_key"] for each in metadata]
    assert keys == [outcome.planned.key for outcome in outcomes]
    assert all(key.startswith("import:a:") for key in keys)
    assert len(set(keys)) == 4
    assert [outcome.planned.line for outcome in outcomes] == [2, 3, 4, 5]


def test_subscribers_hear_of_an_import_once_it_is_committed(books: Ledger) -> None:
    heard: list[RecordedEvent] = []
    books.subscribe(heard.append, raw=True)
    books.import_statement("a", MARCH, dry_run=True)
    assert heard == []
    books.import_statement("a", MARCH)
    assert [event.version for event in heard] == [2, 3, 4, 5]


# ── order and times ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "lines",
    [
        ["2026-01-11,Pay,100.00", "2026-01-12,In,1", "2026-01-12,Out,-101", "2026-01-13,End,5"],
        ["2026-01-13,End,5", "2026-01-12,Out,-101", "2026-01-12,In,1", "2026-01-11,Pay,100.00"],
        ["2026-01-12,In,1", "2026-01-12,Out,-101", "2026-01-13,End,5", "2026-01-11,Pay,100.00"],
    ],
)
def test_entries_are_imported_oldest_first_whatever_their_order_in_the_file(
    books: Ledger, lines: list[str]
) -> None:
    books.import_statement("a", statement(HEADER, *lines))
    assert [words for _, _, words in entries(books)] == ["Pay", "In", "Out", "End"]


ONE_DAY = statement(HEADER, "2026-01-11,Out,-1", "2026-01-11,Tea,-2", "2026-01-11,In,3")


def test_entries_of_one_day_keep_the_order_of_the_file_where_there_is_money(books: Ledger) -> None:
    books.deposit("a", "3.50", "Before", at="2026-01-10T10:00Z")
    books.import_statement("a", ONE_DAY)
    assert [words for _, _, words in entries(books)] == ["Before", "Out", "Tea", "In"]


def test_a_rule_reverses_the_order_of_a_day(books: Ledger) -> None:
    books.import_statement("a", ONE_DAY, StatementFormat(newest_first=True))
    assert [words for _, _, words in entries(books)] == ["In", "Tea", "Out"]


def test_what_lacks_money_waits_for_the_other_entries_of_its_day(books: Ledger) -> None:
    report = books.import_statement("a", ONE_DAY)
    assert (report.imported, report.refused) == (3, [])
    assert [words for _, _, words in entries(books)] == ["In", "Out", "Tea"]


def test_it_does_not_wait_for_those_of_another_day(books: Ledger) -> None:
    content = statement(HEADER, "2026-01-11,Out,-1", "2026-01-11,In,0.50", "2026-01-12,In,3")
    with pytest.raises(InsufficientFunds, match=r"^line 2: "):
        books.import_statement("a", content)
    assert entries(books) == []


def test_times_of_day_order_entries(books: Ledger) -> None:
    content = statement(HEADER, "2026-01-11 18:00,Out,-1", "2026-01-11 09:30,In,1")
    books.import_statement("a", content)
    assert entries(books) == [
        (utc("2026-01-11T09:30"), 100, "In"),
        (utc("2026-01-11T18:00"), -100, "Out"),
    ]


def test_days_are_in_the_time_zone_of_the_rules(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", at="2026-01-09T23:30Z")  # the tenth in Berlin
    content = statement(HEADER, "2026-01-10,Pay,1", "2026-01-11,Pay,1")
    ledger.import_statement("a", content, read_format(b'time_zone = "Europe/Berlin"'))
    assert [at for at, _, _ in entries(ledger)] == [
        utc("2026-01-09T23:30"),
        utc("2026-01-10T23:00"),
    ]


def test_days_are_else_in_the_time_zone_of_the_book_that_of_the_opening_too(
    clock: Clock, zone: Callable[[str], None]
) -> None:
    ledger = Ledger.in_memory(clock=clock, book={"time_zone": "America/Anchorage"})
    ledger.open_account("a", "Ana", at="2026-01-10T03:00Z")  # the ninth in Anchorage
    zone("JST-9")
    ledger.import_statement("a", statement(HEADER, "2026-01-09,Pay,1", "2026-01-10,Pay,1"))
    assert [at for at, _, _ in entries(ledger)] == [
        utc("2026-01-10T03:00"),
        utc("2026-01-10T09:00"),
    ]


def test_a_day_before_the_opening_day_is_refused(books: Ledger) -> None:
    with pytest.raises(BeforeOpening, match=r"^line 2: "):
        books.import_statement("a", statement(HEADER, "2026-01-09,Pay,1", "2026-01-10,Pay,1"))


@pytest.mark.parametrize("rule", ["", 'time_zone = "Asia/Tokyo"'])
def test_a_day_that_is_out_of_range_in_utc_is_refused(rule: str, clock: Clock) -> None:
    books = Ledger.in_memory(clock=clock, book={"time_zone": "Asia/Tokyo"})
    books.open_account("a", "Ana", at="2026-01-10T09:00Z")
    content = statement(HEADER, "2026-01-11 10:00,Pay,1", "0001-01-01 00:00,Pay,1")
    with pytest.raises(InvalidTime, match=r"^line 3: .* is out of range"):
        books.import_statement("a", content, read_format(rule.encode()))


def test_an_earlier_hour_on_the_opening_day_counts_as_the_opening(books: Ledger) -> None:
    content = statement(HEADER, "2026-01-10 08:00,Pay,1", "2026-01-10 10:00,Pay,2")
    books.import_statement("a", content)
    assert [at for at, _, _ in entries(books)] == [
        utc("2026-01-10T09:00"),
        utc("2026-01-10T10:00"),
    ]


def test_an_entry_of_today_is_accepted(books: Ledger, clock: Clock) -> None:
    clock.to("2026-03-02T00:00")
    books.import_statement("a", statement(HEADER, "2026-03-02,Pay,1"))
    assert [at for at, _, _ in entries(books)] == [utc("2026-03-02T00:00")]


def test_an_entry_of_tomorrow_is_refused(books: Ledger) -> None:
    with pytest.raises(InvalidTime, match=r"^line 2: .* is in the future"):
        books.import_statement("a", statement(HEADER, "2026-03-02,Pay,1"))


# ── what is refused ─────────────────────────────────────────────────────────────────────────────

OVERDRAWN = statement(
    HEADER,
    "2026-01-09,Too early,1.00",
    "2026-01-11,Pay,10.00",
    "2026-01-12,Too much,-10.01",
    "2026-01-13,Fits,-10.00",
    "2026-01-14,Nothing,0.00",
    "2026-03-02,Tomorrow,1.00",
    "2026-01-14," + "x" * 10_001 + ",1.00",
)


def test_the_first_refused_entry_stops_the_import_and_is_named(books: Ledger) -> None:
    before = whole(books)
    with pytest.raises(BeforeOpening, match=r"^line 2: ") as refused:
        books.import_statement("a", OVERDRAWN)
    assert (refused.value.exit_status, refused.value.details["line"]) == (3, 2)
    assert whole(books) == before


def test_accepted_entries_are_kept_and_refused_ones_reported(books: Ledger) -> None:
    outcomes: list[Outcome] = []
    report = books.import_statement(
        "a", OVERDRAWN, continue_on_error=True, on_outcome=outcomes.append
    )
    assert [amount for _, amount, _ in entries(books)] == [1000, -1000]
    assert (report.imported, report.money_in_minor, report.money_out_minor) == (2, 1000, 1000)
    assert report.skipped == 1
    refused = {each.planned.line: type(each.refusal) for each in report.refused}
    assert refused == {2: BeforeOpening, 4: InsufficientFunds, 7: InvalidTime, 8: InvalidText}
    assert [outcome.planned.line for outcome in outcomes] == [2, 3, 4, 5, 8, 7]
    assert [row.balance.minor_units for row in books.balances()] == [0]


def test_a_refused_entry_is_imported_once_the_account_accepts_it(books: Ledger) -> None:
    books.import_statement("a", OVERDRAWN, continue_on_error=True)
    books.deposit("a", "0.01", at="2026-01-11")
    books.deposit("a", "10.00", at="2026-01-11")
    report = books.import_statement("a", OVERDRAWN, continue_on_error=True)
    assert (report.imported, report.already_there) == (1, 2)
    assert entries(books)[-1] == (utc("2026-01-12T00:00"), -1001, "Too much")


def test_a_closed_account_refuses_new_entries_but_recognises_old_ones(books: Ledger) -> None:
    content = statement(HEADER, "2026-01-11,Pay,10.00", "2026-01-12,Out,-10.00")
    books.import_statement("a", content)
    books.close_account("a")
    assert books.import_statement("a", content).already_there == 2
    with pytest.raises(AccountClosed, match=r"^line 4: "):
        books.import_statement("a", content + statement("2026-01-13,Late,1.00"))


def test_a_statement_in_another_currency_is_refused(books: Ledger) -> None:
    euros = statement("Date,Amount (EUR)", "2026-01-11,1.00")
    with pytest.raises(
        CurrencyMismatch, match="is in EUR, as its columns say, but the account is in"
    ):
        books.import_statement("a", euros)
    with pytest.raises(
        CurrencyMismatch, match="is in JPY, as the rules say, but the account is in USD"
    ):
        books.import_statement("a", MARCH, read_format(b'currency = "JPY"'))


def test_an_account_that_does_not_exist_is_refused(books: Ledger) -> None:
    with pytest.raises(NoSuchAccount):
        books.import_statement("nobody", MARCH)


def test_an_unreadable_line_changes_nothing_even_when_continuing_on_errors(books: Ledger) -> None:
    before = whole(books)
    for continue_on_error in (False, True):
        with pytest.raises(LedgerError, match=r"^line 6: .* is not a date"):
            books.import_statement(
                "a", MARCH + statement("soon,Rent,-1.00"), continue_on_error=continue_on_error
            )
    assert whole(books) == before


# ── dry runs ────────────────────────────────────────────────────────────────────────────────────


def dry_lines(ledger: Ledger, content: bytes) -> list[bytes]:
    outcomes: list[Outcome] = []
    ledger.import_statement("a", content, dry_run=True, on_outcome=outcomes.append)
    return [
        msgspec.json.encode(each.planned.command)
        for each in outcomes
        if each.kind != "already there"
    ]


def test_a_dry_run_counts_and_changes_nothing(books: Ledger) -> None:
    before = whole(books)
    report = books.import_statement("a", OVERDRAWN, dry_run=True)
    assert (report.imported, [each.planned.line for each in report.refused]) == (2, [2, 4, 8, 7])
    assert whole(books) == before
    books.deposit("a", "1")  # and it is not in the way of what comes after it
    assert len(entries(books)) == 1


def test_the_lines_of_a_dry_run_are_batch_lines(books: Ledger) -> None:
    first, *_ = dry_lines(books, MARCH)
    document = json.loads(first)
    assert document.pop("idempotency_key").startswith("import:a:")
    assert document == {
        "command": "deposit",
        "account": "a",
        "amount": "100.00",
        "description": "Pay",
        "at": "2026-01-10T09:00:00.000000Z",
    }


def test_the_lines_of_a_dry_run_make_the_same_ledger_in_a_batch(
    books: Ledger, clock: Clock
) -> None:
    lines = dry_lines(books, MARCH)
    books.batch(lines)
    with Ledger.in_memory(clock=clock) as imported:
        imported.open_account("a", "Ana", at="2026-01-10T09:00Z")
        imported.import_statement("a", MARCH)
        assert entries(imported) == entries(books)
        assert imported.balance("a").balance == books.balance("a").balance
    assert books.import_statement("a", MARCH).already_there == 4
    assert dry_lines(books, MARCH) == []


def test_a_line_that_was_corrected_before_the_batch_counts_as_already_there(books: Ledger) -> None:
    books.batch([line.replace(b"Rent", b"Rent, February") for line in dry_lines(books, MARCH)])
    report = books.import_statement("a", MARCH)
    assert (report.imported, report.already_there) == (0, 4)
    assert entries(books)[-1][2] == "Rent, February"


def test_the_plan_is_shown_before_anything_is_done(books: Ledger) -> None:
    plans: list[tuple[Plan, int]] = []
    books.import_statement(
        "a", MARCH, on_plan=lambda plan: plans.append((plan, books.head().position))
    )
    ((plan, position),) = plans
    assert position == 2
    assert plan.format is not None
    assert plan.format.amount == "Amount"
    assert "amount" in plan.guessed
    assert len(plan.commands) == 4


def test_a_statement_is_read_in_the_decimals_of_the_account(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", "BTC", decimals=8, at="2026-01-10T09:00Z")
    content = statement(HEADER, "2026-01-11,Mined,0.00000003", "2026-01-12,Fee,-0.00000001")
    report = ledger.import_statement("a", content)
    assert (report.money_in_minor, report.money_out_minor, report.decimals) == (3, 1, 8)
    assert str(ledger.balance("a").balance) == "0.00000002 BTC"
