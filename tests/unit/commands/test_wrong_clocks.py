"""Clocks that are wrong: what is refused, what a correction changes, and what it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from ledger import Ledger
from ledger.commands.book import change_book
from ledger.commands.context import current_context
from ledger.domain.book_events import BookEvent, ClockCorrected, ClockCorrectionWithdrawn
from ledger.errors import (
    BeforeOpening,
    ClockBehind,
    InsufficientFunds,
    InvalidOption,
    InvalidTime,
    NothingToCorrect,
)
from ledger.eventstore import surroundings
from tests.support.clock import DAY, HOUR, NOON, SECOND, Clock
from tests.support.hosts import Hosts
from tests.support.known_times import balances_asked

MINUTE = 60 * SECOND
YEAR = 365 * DAY


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    found = Hosts(tmp_path / "books.db")
    with found.ledger() as ledger:
        for account in "abc":
            ledger.open_account(account, "Ana", initial_balance="100")
    return found


def deposit(account: str, amount: str = "1") -> Callable[[Ledger], object]:
    return lambda ledger: ledger.deposit(account, amount)


def jump_a_year_for_one_write(hosts: Hosts) -> None:
    hosts.do(deposit("a"))
    hosts.do(deposit("b", "2"), offset=YEAR)


# ── how far clocks may differ ───────────────────────────────────────────────────────────────────


def test_two_hosts_that_are_240_seconds_apart_take_turns(hosts: Hosts) -> None:
    for turn in range(6):
        hosts.do(deposit("abc"[turn % 3]), offset=-240 * SECOND * (turn % 2), after=SECOND)
    hosts.check()
    with hosts.ledger() as ledger:
        recorded = [event.recorded_at for event in ledger.events(raw=True)]
        assert recorded == sorted(recorded)
        with pytest.raises(NothingToCorrect):
            ledger.correct_clock()


def test_a_clock_that_is_a_minute_ahead_once_stops_nobody(hosts: Hosts) -> None:
    hosts.do(deposit("a"), offset=MINUTE)
    ahead = hosts.clock.now + MINUTE
    hosts.do(deposit("b"), after=SECOND)
    with hosts.ledger() as ledger:
        last = list(ledger.events(raw=True))[-1]
        assert (last.recorded_at, last.effective_at) == (ahead, ahead)
        assert ledger.verify().notes == ()
        with pytest.raises(NothingToCorrect, match="five minutes"):
            ledger.correct_clock()


@pytest.mark.parametrize("behind", [5 * MINUTE + 3 * SECOND, HOUR, YEAR])
def test_a_log_more_than_five_minutes_ahead_takes_nothing(hosts: Hosts, behind: int) -> None:
    with hosts.ledger() as ledger:
        before = ledger.head()
    commands: tuple[Callable[[Ledger], object], ...] = (
        lambda ledger: ledger.deposit("a", "1"),
        lambda ledger: ledger.deposit("a", "1", at=NOON),
        lambda ledger: ledger.transfer("a", "b", "1"),
        lambda ledger: ledger.open_account("new", "Ben"),
        lambda ledger: ledger.deposit("a", "1", idempotency_key="k"),
        lambda ledger: ledger.batch([b'{"command":"deposit","account":"a","amount":"1"}']),
        lambda ledger: ledger.rename_book("club"),
        lambda ledger: ledger.change_time_zone("Europe/Berlin", "2030-01-01"),
    )
    for command in commands:
        with hosts.ledger(-behind) as ledger, pytest.raises(ClockBehind) as refusal:
            command(ledger)
        assert refusal.value.exit_status == 3
    with hosts.ledger() as ledger:
        assert ledger.head() == before


def test_what_is_over_within_two_seconds_is_waited_for(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        hosts.clock.now += int(seconds * SECOND)

    monkeypatch.setattr(surroundings, "sleep", sleep)
    hosts.do(deposit("a"), offset=-5 * MINUTE - 1_500_000, after=0)
    assert [round(each, 1) for each in slept] == [1.5]
    with pytest.raises(ClockBehind):
        hosts.do(deposit("a"), offset=-5 * MINUTE - 4 * SECOND, after=0)
    assert len(slept) == 1


# ── a year ahead for one write, and back ────────────────────────────────────────────────────────


def test_a_correction_gives_back_the_past_and_the_present(hosts: Hosts) -> None:
    jump_a_year_for_one_write(hosts)
    with pytest.raises(ClockBehind) as refusal:
        hosts.do(deposit("a"))
    assert "book" in refusal.value.advice
    before = hosts.clock.now
    hosts.do(lambda ledger: ledger.correct_clock("the battery was empty"))
    corrected = hosts.clock.now
    hosts.do(deposit("a", "4"))
    with hosts.ledger() as ledger:
        *_, wrong, correction, last = ledger.events(raw=True)
        assert wrong.recorded_at == wrong.effective_at == NOON + 2 * MINUTE + YEAR
        assert json.loads(correction.data) == {"from_position": wrong.position}
        assert correction.text == "the battery was empty"
        assert correction.recorded_at == correction.effective_at == corrected
        assert last.recorded_at == last.effective_at == hosts.clock.now
        assert balances_asked(ledger, NOON) == {"a": 10_000, "b": 10_000, "c": 10_000}
        assert balances_asked(ledger, before)["a"] == 10_100
        assert balances_asked(ledger, before)["b"] == 10_000
        assert balances_asked(ledger, corrected)["b"] == 10_200
        assert balances_asked(ledger, hosts.clock.now)["a"] == 10_500
        assert ledger.balance("b").balance.minor_units == 10_200
        assert ledger.balance("b", as_of=hosts.clock.now).balance.minor_units == 10_000
    hosts.check()


def test_a_payment_after_a_correction_is_checked_where_it_is_recorded(hosts: Hosts) -> None:
    """Not where the account's last entry lies, which is a year ahead."""
    jump_a_year_for_one_write(hosts)  # b has 100, and 102 in a year
    hosts.do(lambda ledger: ledger.correct_clock())
    for pay in (
        lambda ledger: ledger.withdraw("b", "101"),
        lambda ledger: ledger.transfer("b", "a", "101"),
        lambda ledger: ledger.batch([b'{"command":"withdraw","account":"b","amount":"101"}']),
    ):
        with pytest.raises(InsufficientFunds):
            hosts.do(pay)
    for at in (hosts.clock.now + HOUR, hosts.clock.now + YEAR - HOUR):
        with hosts.ledger() as ledger, pytest.raises(InvalidTime, match="in the future"):
            ledger.deposit("b", "1", at=at)
    hosts.do(lambda ledger: ledger.withdraw("b", "100"))
    hosts.do(lambda ledger: ledger.batch([b'{"command":"deposit","account":"b","amount":"7"}']))
    hosts.check()


def test_one_ledger_object_sees_its_clock_corrected(tmp_path: Path) -> None:
    clock = Clock(NOON)
    with Ledger.open(tmp_path / "books.db", clock=clock) as ledger:
        ledger.open_account("a", "Ana", initial_balance="5")
        clock.now = NOON + YEAR
        ledger.deposit("a", "1")
        clock.now = NOON + HOUR
        ledger.correct_clock()
        with pytest.raises(InsufficientFunds):
            ledger.withdraw("a", "6")
        last = ledger.withdraw("a", "5").recorded[-1]
        assert (last.effective_at, last.recorded_at) == (clock.now, clock.now)
        assert last.backdated
        assert ledger.verify().clean
        assert all(status.lag == 0 for status in ledger.projections())


def test_a_clock_that_is_put_back_an_hour_is_told_from_one_that_was_ahead(hosts: Hosts) -> None:
    for _ in range(6):
        hosts.do(deposit("a"), after=10 * MINUTE)
    with hosts.ledger(-HOUR) as ledger, pytest.raises(ClockBehind, match="seems to be the wrong"):
        ledger.correct_clock(from_position=5)
    with hosts.ledger(-HOUR) as ledger:
        before = ledger.head()
        assert ledger.correct_clock(trust_clock=True).recorded_us == hosts.clock.now - HOUR
        assert ledger.head().position == before.position + 1
    hosts.check()


@pytest.mark.parametrize("seconds", [0, -1, 240, 300])
def test_where_nothing_is_wrong_nothing_is_corrected(hosts: Hosts, seconds: int) -> None:
    with hosts.ledger(-seconds * SECOND) as ledger:
        before = ledger.head()
        for correct in (ledger.plan_clock_correction, ledger.correct_clock):
            with pytest.raises(NothingToCorrect):
                correct(trust_clock=True)
        assert ledger.head() == before


def test_a_clock_behind_everything_there_is_is_the_wrong_one(hosts: Hosts) -> None:
    with hosts.ledger(-YEAR) as ledger:
        with pytest.raises(ClockBehind, match="its creation included") as refusal:
            ledger.correct_clock(from_position=1)
        assert refusal.value.details["from_position"] == 1
        ledger.correct_clock(from_position=1, trust_clock=True)
    hosts.check()


def test_a_correction_begins_where_the_first_wrong_time_is(hosts: Hosts) -> None:
    jump_a_year_for_one_write(hosts)
    hosts.do(deposit("a"), offset=YEAR)
    with hosts.ledger() as ledger:
        plan = ledger.plan_clock_correction()
        assert (plan.from_position, plan.events) == (6, 2)
        for position in (4, 5, 7, 8, 0, -1, 99):
            with pytest.raises(InvalidOption):
                ledger.correct_clock(from_position=position)
        assert ledger.head().position == 7
        ledger.correct_clock(from_position=6)
    hosts.check()


# ── a correction that was itself wrong ──────────────────────────────────────────────────────────


def test_a_wrong_correction_is_withdrawn_by_a_right_clock(hosts: Hosts) -> None:
    for _ in range(3):
        hosts.do(deposit("a"), after=DAY)
    late = -2 * DAY - HOUR
    hosts.do(lambda ledger: ledger.correct_clock(trust_clock=True), offset=late)
    hosts.do(deposit("b", "3"), offset=late)
    hosts.check()
    hosts.do(deposit("c", "5"))
    hosts.do(lambda ledger: ledger.withdraw_clock_correction("its clock was behind"))
    hosts.check()
    with hosts.ledger() as ledger:
        (correction,) = ledger.book().corrections
        assert not correction.stands
        recorded = {event.event_type: event for event in ledger.events(raw=True)}
        assert recorded["ClockCorrectionWithdrawn"].recorded_at == hosts.clock.now
        # Known only with all before it, which is again known when it was recorded.
        assert balances_asked(ledger, NOON + 2 * DAY + HOUR)["b"] == 10_000
        assert balances_asked(ledger, NOON + 3 * DAY)["b"] == 10_300
        with pytest.raises(NothingToCorrect):
            ledger.withdraw_clock_correction()
        with pytest.raises(NothingToCorrect):
            ledger.withdraw_clock_correction(correction=correction.version)


def test_a_withdrawal_is_held_to_the_clock_as_if_the_correction_had_never_been(
    hosts: Hosts,
) -> None:
    jump_a_year_for_one_write(hosts)
    hosts.do(lambda ledger: ledger.correct_clock())
    with hosts.ledger() as ledger:
        before = ledger.head()
        with pytest.raises(ClockBehind, match="without the correction"):
            ledger.withdraw_clock_correction()
        assert ledger.head() == before
    wrong = NOON + 2 * MINUTE + YEAR
    hosts.do(lambda ledger: ledger.withdraw_clock_correction(), offset=YEAR - 5 * MINUTE)
    with hosts.ledger() as ledger:
        assert ledger.head().recorded_us == wrong
    hosts.check()
    hosts.do(lambda ledger: ledger.correct_clock())  # and again, with all that came since
    with hosts.ledger() as ledger:
        assert [each.stands for each in ledger.book().corrections] == [False, True]
        assert json.loads(list(ledger.events(raw=True))[-1].data) == {"from_position": 6}
    hosts.check()


def test_one_of_several_corrections_is_withdrawn_by_its_version(hosts: Hosts) -> None:
    for _ in range(2):
        jump_a_year_for_one_write(hosts)
        hosts.do(lambda ledger: ledger.correct_clock())
    with hosts.ledger() as ledger:
        first, second = ledger.book().corrections
    hosts.clock.now += 2 * YEAR
    hosts.do(lambda ledger: ledger.withdraw_clock_correction(correction=first.version))
    with hosts.ledger() as ledger:
        assert [each.stands for each in ledger.book().corrections] == [False, True]
        assert ledger.book().corrections[1] == second
    hosts.check()


def test_a_log_with_corrections_is_exported_and_made_again(hosts: Hosts, tmp_path: Path) -> None:
    jump_a_year_for_one_write(hosts)
    hosts.do(lambda ledger: ledger.correct_clock("r"))
    hosts.do(deposit("a"))
    hosts.clock.now += 2 * YEAR
    hosts.do(lambda ledger: ledger.withdraw_clock_correction("s"))
    with hosts.ledger() as ledger:
        lines = list(ledger.export_events())
        with Ledger.in_memory(restoring=True, clock=hosts.clock) as twin:
            twin.import_events(lines)
            assert twin.head() == ledger.head()
            assert twin.book().corrections == ledger.book().corrections
            assert twin.verify().clean


# ── any clocks at all ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(8))
def test_whatever_clocks_do_what_was_known_follows_the_definition(
    tmp_path: Path, seed: int
) -> None:
    draw = Random(seed)
    hosts = Hosts(tmp_path / "books.db")
    accounts = [f"account-{number}" for number in range(draw.choice((2, 9)))]
    with hosts.ledger() as ledger:
        for account in accounts:
            ledger.open_account(account, "Ana", initial_balance="50")
    done = dict.fromkeys(("move", "correct", "withdraw"), 0)
    for _ in range(60):
        hosts.clock.now += draw.choice((0, SECOND, HOUR, 3 * DAY))
        offset = draw.choice((0, 0, 0, 240 * SECOND, -240 * SECOND, HOUR, -HOUR, -DAY, YEAR))
        kind = draw.choice(("move",) * 6 + ("correct", "correct", "withdraw"))
        one, other = draw.sample(accounts, 2)
        with hosts.ledger(offset) as ledger:
            try:
                if kind == "correct":
                    ledger.correct_clock(trust_clock=draw.random() < 0.8)
                elif kind == "withdraw":
                    standing = [each for each in ledger.book().corrections if each.stands]
                    chosen = draw.choice(standing).version if standing else None
                    ledger.withdraw_clock_correction(correction=chosen)
                elif draw.random() < 0.5:
                    ledger.transfer(one, other, str(draw.randint(1, 30)))
                else:
                    ledger.deposit(one, str(draw.randint(1, 30)))
            except (BeforeOpening, ClockBehind, InsufficientFunds, NothingToCorrect):
                pass
            else:
                done[kind] += 1
    assert done["move"]
    hosts.check(most=25)


@pytest.mark.parametrize("event", [ClockCorrected(0), ClockCorrectionWithdrawn(1)], ids=repr)
def test_verify_finds_corrections_that_no_command_makes(event: BookEvent) -> None:
    with Ledger.in_memory(clock=Clock(NOON)) as ledger:
        store = ledger._source.store
        change_book(store, current_context("0" * 16), "book", lambda _: event, recorded_at=NOON)
        (finding,) = (each for each in ledger.verify().findings if each.check == "rules")
        assert finding.position == 2


@pytest.mark.parametrize(
    "command",
    [
        lambda ledger: ledger.open_account("c", "Cy"),
        lambda ledger: ledger.deposit("b", "1"),
        lambda ledger: ledger.withdraw("b", "1"),
        lambda ledger: ledger.transfer("b", "a", "1"),
        lambda ledger: ledger.close_account("empty"),
    ],
)
def test_a_lock_between_the_clock_and_the_head_hinders_nothing(
    command: Callable[[Ledger], object],
) -> None:
    """What happens now is recorded no earlier than the head, so after the lock."""
    clock = Clock(NOON)
    with Ledger.in_memory(clock=clock) as ledger:
        for account in "ab":
            ledger.open_account(account, "Ana", initial_balance="100")
        ledger.open_account("empty", "Ana")
        clock.now = NOON + 3 * MINUTE
        ledger.deposit("a", "1")
        ledger.lock(NOON + 2 * MINUTE)
        clock.now = NOON + MINUTE
        command(ledger)
        assert list(ledger.events(raw=True))[-1].effective_at == NOON + 3 * MINUTE
        assert ledger.verify().clean
