"""Entries of a statement that may be in the ledger already, though they are recorded otherwise."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger import Ledger
from ledger.bank_statements.matching.similar_entries import Decision, Decisions, Likeness
from ledger.bank_statements.planning import Plan
from ledger.errors import PlanOutdated, UndecidedEntry
from tests.support.bank_statements.reading import TAKE_ALL, rules, statement
from tests.support.clock import Clock

HEADER = "Date,Description,Amount"
SKIP_ALL = Decisions(Decision.SKIP, Decision.SKIP)

Found = tuple[int, Likeness | None, int | None, bool]
"""Line, what it is like, of which version, and whether it is there."""


@pytest.fixture
def books(clock: Clock) -> Ledger:
    """A ledger with two accounts that have money."""
    ledger = Ledger.in_memory(clock=clock)
    for account in ("bank", "savings"):
        ledger.open_account(account, "Ana", at="2025-01-01", initial_balance="10000")
    return ledger


def plan(ledger: Ledger, *lines: str, decisions: Decisions | None = None, given: str = "") -> Plan:
    (planned,) = ledger.plan_statement("bank", statement(*lines), rules(given), decisions)
    return planned


def compared(planned: Plan) -> list[Found]:
    found = []
    for each in planned.commands:
        comparison = each.comparison
        version = None if comparison.other is None else comparison.other.version
        found.append((each.line, comparison.likeness, version, comparison.is_there))
    return sorted(found)


# ── what somebody typed ─────────────────────────────────────────────────────────────────────────


def test_what_was_typed_on_that_day_with_those_words_is_there(books: Ledger) -> None:
    books.deposit("bank", "50", "Paycheck", at="2025-03-01T09:30")
    planned = plan(books, HEADER, "2025-03-01,PAYCHECK ,50.00", "2025-03-01,Paycheck,50.00")
    assert compared(planned) == [(2, Likeness.SAME, 2, True), (3, None, None, False)]
    assert planned.undecided == []


@pytest.mark.parametrize("days", [-5, -1, 0, 1, 5])
def test_the_same_amount_within_five_days_has_to_be_decided(books: Ledger, days: int) -> None:
    books.withdraw("bank", "50", "Petrol", at="2025-03-10")
    day = date(2025, 3, 10) + timedelta(days=days)
    planned = plan(books, HEADER, f"{day},SHELL 4711,-50.00")
    assert compared(planned) == [(2, Likeness.SIMILAR, 2, False)]
    assert [each.line for each in planned.undecided] == [2]
    with pytest.raises(
        UndecidedEntry, match=r"^line 2: 2025-\d\d-\d\d -50.00 SHELL 4711 may be in bank"
    ) as refusal:
        books.import_plans([planned])
    assert refusal.value.details["version"] == 2
    assert books.head().position == planned.head.position


@pytest.mark.parametrize(
    "line", ["2025-03-16,SHELL,-50.00", "2025-03-04,SHELL,-50.00", "2025-03-10,SHELL,50.00"]
)
def test_another_amount_and_other_days_are_another_entry(books: Ledger, line: str) -> None:
    books.withdraw("bank", "50", "Petrol", at="2025-03-10")
    assert compared(plan(books, HEADER, line)) == [(2, None, None, False)]


def test_what_is_decided_is_carried_out(books: Ledger) -> None:
    books.withdraw("bank", "50", "Petrol", at="2025-03-10")
    lines = (HEADER, "2025-03-11,SHELL,-50.00")
    (skipped,) = books.import_plans([plan(books, *lines, decisions=SKIP_ALL)])
    assert (skipped.imported, skipped.already_there) == (0, 1)
    one = Decisions(single={("bank", 0): Decision.TAKE})
    (taken,) = books.import_plans([plan(books, *lines, decisions=one)])
    assert (taken.imported, taken.already_there) == (1, 0)
    assert compared(plan(books, *lines)) == [(2, None, None, True)]


def test_each_is_matched_at_most_once_and_the_nearest_goes_first(books: Ledger) -> None:
    for day in (8, 12):
        books.withdraw("bank", "50", f"Cash on {day}", at=f"2025-03-{day:02}")
    planned = plan(books, HEADER, *(f"2025-03-{day},ATM {day},-50.00" for day in (10, 11, 12)))
    assert compared(planned) == [
        (2, Likeness.SIMILAR, 2, False),
        (3, None, None, False),
        (4, Likeness.SIMILAR, 3, False),
    ]


def test_what_an_entry_of_the_statement_is_can_be_no_other(books: Ledger) -> None:
    books.import_statement("bank", statement(HEADER, "2025-03-10,Tea,-4.25"))
    lines = (HEADER, "2025-03-10,Tea,-4.25", "2025-03-10,Coffee,-4.25")
    assert compared(plan(books, *lines)) == [(2, None, None, True), (3, None, None, False)]


def test_what_was_reversed_is_like_nothing(books: Ledger) -> None:
    books.withdraw("bank", "50", "Petrol", at="2025-03-10")
    books.reverse("bank", 2)
    assert compared(plan(books, HEADER, "2025-03-10,Petrol,-50.00")) == [(2, None, None, False)]


def test_what_was_corrected_is_compared_as_it_stands(books: Ledger) -> None:
    books.withdraw("bank", "51", "Petrol", at="2025-03-10")
    books.correct("bank", 2, amount="50")
    assert compared(plan(books, HEADER, "2025-03-10,Petrol,-50.00")) == [
        (2, Likeness.SAME, 4, True)
    ]


def test_an_amended_description_is_compared(books: Ledger) -> None:
    books.withdraw("bank", "50", "Petrol", at="2025-03-10")
    books.amend_entry("bank", 2, {"description": "Shell"})
    assert compared(plan(books, HEADER, "2025-03-10,SHELL,-50.00")) == [(2, Likeness.SAME, 2, True)]


def test_the_opening_is_no_entry_of_a_statement(books: Ledger) -> None:
    assert compared(plan(books, HEADER, "2025-01-02,Pay,10000.00")) == [(2, None, None, False)]


# ── what a bank lists otherwise ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("line", ["2025-03-12,SHELL 4711,-50.00", "2025-03-12,SHELL,-50.00"])
def test_what_was_pending_and_has_other_words_or_another_day_is_asked(
    books: Ledger, line: str
) -> None:
    books.import_statement("bank", statement(HEADER, "2025-03-10,SHELL,-50.00"))
    assert compared(plan(books, HEADER, line)) == [(2, Likeness.SIMILAR, 2, False)]


def test_what_is_bought_again_and_again_is_not_asked_about_between_statements(
    books: Ledger,
) -> None:
    fares = [f"2025-03-{day:02},Tram,-2.40" for day in (26, 27, 28)]
    books.import_statement("bank", statement(HEADER, *fares))
    april = plan(books, HEADER, "2025-03-29,Tram,-2.40", "2025-03-31,Tram,-2.40")
    assert [like for _, like, _, _ in compared(april)] == [None, None]


def test_two_are_asked_about_as_one_is(books: Ledger) -> None:
    pending = ["2025-03-13,UBER,-9.90"] * 2
    books.import_statement("bank", statement(HEADER, *pending))
    booked = plan(books, HEADER, *["2025-03-15,UBER,-9.90"] * 2)
    assert [like for _, like, _, _ in compared(booked)] == [Likeness.SIMILAR] * 2


def test_what_was_typed_month_by_month_is_asked_about(books: Ledger) -> None:
    for day in ("2025-01-30", "2025-02-27", "2025-03-30"):
        books.withdraw("bank", "9.99", "Netflix", at=day)
    booked = [f"{day},NETFLIX,-9.99" for day in ("2025-02-01", "2025-03-01", "2025-04-01")]
    found = compared(plan(books, HEADER, *booked))
    assert [(like, version) for _, like, version, _ in found] == [
        (Likeness.SIMILAR, version) for version in (2, 3, 4)
    ]


TIMED = [f"2025-03-{day} {hour}:00,Coffee,-3.00" for day, hour in ((10, "08"), (11, "09"))]
DATED = [f"2025-03-{day},Coffee,-3.00" for day in (10, 11)]


@pytest.mark.parametrize(("first", "then"), [(TIMED, DATED), (DATED, TIMED)])
def test_a_time_of_day_makes_no_other_entry_of_one_without(
    books: Ledger, first: list[str], then: list[str]
) -> None:
    books.import_statement("bank", statement(HEADER, *first))
    found = compared(plan(books, HEADER, *then))
    assert [(like, there) for _, like, _, there in found] == [(Likeness.SAME, True)] * 2


def test_another_time_of_the_day_makes_another_purchase(books: Ledger) -> None:
    lines = [f"2025-03-10 {hour:02}:00,Coffee,-3.00" for hour in (8, 9)]
    books.import_statement("bank", statement(HEADER, *lines))
    later = plan(books, HEADER, "2025-03-10 17:00,Coffee,-3.00")
    assert compared(later) == [(2, None, None, False)]


def test_booking_days_and_value_days_are_asked_about(books: Ledger) -> None:
    booked = ["2025-03-10,Coffee,-3.00", "2025-03-14,Coffee,-3.00", "2025-03-16,Rent,-80.00"]
    books.import_statement("bank", statement(HEADER, *booked))
    valued = ["2025-03-11,Coffee,-3.00", "2025-03-15,Coffee,-3.00", "2025-03-17,Rent,-80.00"]
    found = compared(plan(books, HEADER, *valued))
    assert [like for _, like, _, _ in found] == [Likeness.SIMILAR] * 3


# ── the bank's own ids ──────────────────────────────────────────────────────────────────────────

WITH_ID = "Date,Description,Amount,Id"
ID = 'id = "Id"'


def test_an_id_is_the_same_entry_whatever_its_words(books: Ledger) -> None:
    books.import_plans([plan(books, WITH_ID, "2025-03-10,SHELL,-50.00,X1", given=ID)])
    again = plan(books, WITH_ID, "2025-03-12,Shell 4711,-50.00,X1", given=ID)
    assert compared(again) == [(2, None, None, True)]
    metadata = books.history("bank").entries
    assert len(metadata) == 2


def test_two_ids_are_two_entries(books: Ledger) -> None:
    books.import_plans([plan(books, WITH_ID, "2025-03-10,Tea,-4.25,X1", given=ID)])
    for line in ("2025-03-10,Cake,-4.25,X2", "2025-03-11,Tea,-4.25,X2"):
        assert compared(plan(books, WITH_ID, line, given=ID)) == [(2, None, None, False)]


def test_a_bank_that_numbers_each_file_anew_is_asked_about(books: Ledger) -> None:
    lines = [f"2025-03-{day},Tea {day},-4.25" for day in (10, 12, 14)]
    first = [f"{line},A{number}" for number, line in enumerate(lines, 1)]
    books.import_plans([plan(books, WITH_ID, *first, given=ID)])
    again = [f"{line},B{number}" for number, line in enumerate(lines, 1)]
    likenesses = [like for _, like, _, _ in compared(plan(books, WITH_ID, *again, given=ID))]
    assert likenesses == [Likeness.SIMILAR] * 3


def test_an_id_that_comes_again_for_something_else_is_asked_about(books: Ledger) -> None:
    books.import_plans([plan(books, WITH_ID, "2025-01-05,Coffee,-5.00,1", given=ID)])
    other = plan(books, WITH_ID, "2025-03-09,Parking,-5.00,1", given=ID)
    assert compared(other) == [(2, Likeness.SIMILAR, 2, False)]


def test_an_id_with_another_amount_is_asked(books: Ledger) -> None:
    books.import_plans([plan(books, WITH_ID, "2025-03-10,Hotel,-50.00,X1", given=ID)])
    other = plan(books, WITH_ID, "2025-03-20,Hotel,-55.00,X1", given=ID)
    assert compared(other) == [(2, Likeness.SIMILAR, 2, False)]


def test_an_id_that_a_file_has_twice_is_none(books: Ledger) -> None:
    lines = (WITH_ID, "2025-03-10,Pay,-50.00,X1", "2025-03-10,Fee,-1.00,X1")
    assert books.import_plans([plan(books, *lines, given=ID)])[0].imported == 2
    assert [there for *_, there in compared(plan(books, *lines, given=ID))] == [True, True]


@pytest.mark.parametrize("words", ["Anna Beispiel 7", "Anna-1985", "ANNA1985", "Anna"])
def test_words_are_no_id_since_a_key_would_keep_them(books: Ledger, words: str) -> None:
    given = 'id = "Description"'
    books.import_plans([plan(books, HEADER, f"2025-03-10,{words},-50.00", given=given)])
    (event,) = list(books.events(raw=True, account_id="bank"))[1:]
    assert "anna" not in event.metadata.lower()


def test_what_came_by_its_id_is_known_by_its_content_where_there_is_no_id(books: Ledger) -> None:
    lines = ("2025-03-10,Tea,-4.25", "2025-03-10,Tea,-4.25", "2025-03-11,Rent,-80.00")
    with_ids = [f"{line},X{number}" for number, line in enumerate(lines)]
    books.import_plans([plan(books, WITH_ID, *with_ids, given=ID)])
    assert [there for *_, there in compared(plan(books, HEADER, *lines))] == [True] * 3


def test_what_came_by_its_content_is_known_once_there_are_ids(books: Ledger) -> None:
    lines = ("2025-03-10,Tea,-4.25", "2025-03-11,Rent,-80.00")
    books.import_statement("bank", statement(HEADER, *lines))
    with_ids = [f"{line},X{number}" for number, line in enumerate(lines)]
    again = plan(books, WITH_ID, *with_ids, given=ID)
    assert [there for *_, there in compared(again)] == [True, True]


def test_an_import_by_ids_that_was_undone_can_be_repeated(books: Ledger) -> None:
    lines = (WITH_ID, "2025-03-10,Tea,-4.25,X1")
    for _ in range(3):
        assert books.import_plans([plan(books, *lines, given=ID)])[0].imported == 1
        assert [there for *_, there in compared(plan(books, *lines, given=ID))] == [True]
        last = books.history("bank").entries[-1].version
        books.reverse("bank", last)


# ── transfers ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sender", "recipient", "amount"), [("bank", "savings", "-100"), ("savings", "bank", "100")]
)
def test_a_transfer_that_is_there_is_matched(
    books: Ledger, sender: str, recipient: str, amount: str
) -> None:
    books.transfer(sender, recipient, "100", "put aside", at="2025-03-02")
    planned = plan(books, HEADER, f"2025-03-03,Own account,{amount}.00")
    assert compared(planned) == [(2, Likeness.TRANSFER, 2, False)]
    assert [each.line for each in planned.undecided] == [2]
    (report,) = books.import_plans(
        [plan(books, HEADER, f"2025-03-03,Own account,{amount}.00", decisions=SKIP_ALL)]
    )
    assert (report.imported, report.already_there) == (0, 1)


def test_a_transfer_is_decided_apart_from_duplicates(books: Ledger) -> None:
    books.transfer("bank", "savings", "100", at="2025-03-02")
    planned = plan(
        books,
        *(HEADER, "2025-03-03,Own account,-100.00"),
        decisions=Decisions(duplicates=Decision.TAKE),
    )
    assert [each.line for each in planned.undecided] == [2]


TWO = (
    "Date,Account,Description,Amount",
    "2025-03-16,NL01,To savings,-100.00",
    "2025-03-16,NL02,From checking,100.00",
)
OWN = 'own_account = "Account"\n'
OUT = '[[transfer]]\nmatch = "To savings"\naccount = "savings"\n'
IN = '[[transfer]]\nmatch = "From checking"\naccount = "bank"\n'
BOTH = {"NL01": "bank", "NL02": "savings"}


@pytest.mark.parametrize("accounts", [BOTH, dict(reversed(BOTH.items()))])
@pytest.mark.parametrize("turned", [False, True])
def test_a_transfer_that_rules_name_on_both_sides_is_recorded_once(
    books: Ledger, accounts: dict[str, str], turned: bool
) -> None:
    lines = [TWO[0], *(reversed(TWO[1:]) if turned else TWO[1:])]
    plans = books.plan_statement(accounts, statement(*lines), rules(OWN + OUT + IN))
    assert [report.imported for report in books.import_plans(plans)] == [1, 0]
    assert str(books.balance("bank").balance) == "9900.00 USD"
    assert str(books.balance("savings").balance) == "10100.00 USD"


@pytest.mark.parametrize(("rule", "turned"), [(OUT, False), (OUT, True), (IN, False), (IN, True)])
@pytest.mark.parametrize("decision", [Decision.SKIP, Decision.TAKE])
def test_a_transfer_that_a_rule_names_on_one_side_is_asked_about(
    books: Ledger, rule: str, turned: bool, decision: Decision
) -> None:
    content = statement(TWO[0], *(reversed(TWO[1:]) if turned else TWO[1:]))
    plans = books.plan_statement(BOTH, content, rules(OWN + rule))
    assert sum(len(each.undecided) for each in plans) == 1
    decided = Decisions(transfers=decision)
    books.import_plans(books.plan_statement(BOTH, content, rules(OWN + rule), decided))
    twice = None if decision is Decision.SKIP else "savings" if rule == OUT else "bank"
    assert books.balance("bank").balance.minor_units == (980_000 if twice == "bank" else 990_000)
    held = books.balance("savings").balance.minor_units
    assert held == (1_020_000 if twice == "savings" else 1_010_000)


@pytest.mark.parametrize("decision", [Decision.SKIP, Decision.TAKE])
def test_the_other_side_may_be_there_as_a_withdrawal(books: Ledger, decision: Decision) -> None:
    books.import_statement("savings", statement(HEADER, "2025-03-14,TO BANK,-100.00"))
    given = '[[transfer]]\nmatch = "savings"\naccount = "savings"\n'
    lines = (HEADER, "2025-03-16,From savings,100.00")
    assert compared(plan(books, *lines, given=given)) == [(2, Likeness.OTHER_SIDE, 2, False)]
    decided = plan(books, *lines, given=given, decisions=Decisions(transfers=decision))
    (report,) = books.import_plans([decided])
    assert report.imported == 1
    assert str(books.balance("bank").balance) == "10100.00 USD"
    left = "9900.00" if decision is Decision.SKIP else "9800.00"
    assert str(books.balance("savings").balance) == f"{left} USD"
    assert compared(plan(books, *lines, given=given)) == [(2, None, None, True)]


# ── plans ───────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_of_before_is_not_carried_out(books: Ledger) -> None:
    planned = plan(books, HEADER, "2025-03-03,Tea,-4.25")
    books.withdraw("bank", "4.25", "Tea", at="2025-03-03")
    with pytest.raises(PlanOutdated):
        books.import_plans([planned])
    assert books.history("bank").version == 2


def test_many_like_entries_are_compared_in_no_time(books: Ledger) -> None:
    days = [date(2025, 3, 1) + timedelta(days=number % 5) for number in range(1_000)]
    line = '{"command":"withdraw","account":"bank","amount":"1","description":"%d","at":"%s"}'
    books.batch([(line % each).encode() for each in enumerate(days)])
    lines = [f"{day},Other {number},-1.00" for number, day in enumerate(days)]
    assert len(plan(books, HEADER, *lines).undecided) == 1_000
    assert len(plan(books, HEADER, *lines, decisions=TAKE_ALL).new) == 1_000
