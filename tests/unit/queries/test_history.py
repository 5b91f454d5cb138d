from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger import Ledger
from ledger.errors import InvalidOption, NoSuchAccount
from ledger.queries.history import HistoryReport
from tests.support.clock import Clock, utc


def day(number: int) -> int:
    return utc(f"2026-01-{number:02}T00:00")


@pytest.fixture(params=[0, 1, 2, 3, 4])
def tangled(request: pytest.FixtureRequest, path: str, clock: Clock) -> Iterator[Ledger]:
    """Five events of an account, the third of them backdated; snapshots are at many places."""
    clock.now = day(1)
    with Ledger.open(path, clock=clock, snapshot_interval=request.param) as ledger:
        ledger.open_account("a", "Ana", initial_balance="10")
        clock.now = day(2)
        ledger.deposit("a", "5", "salary")
        clock.now = day(3)
        ledger.deposit("a", "2", "found", at=day(1))
        ledger.open_account("b", "Bo")
        clock.now = day(4)
        ledger.transfer("a", "b", "4", "lunch")
        clock.now = day(5)
        ledger.withdraw("a", "1", "shop")
        yield ledger


def lines(report: HistoryReport) -> list[tuple[int, int, int]]:
    return [(entry.version, entry.amount_minor, entry.balance_minor) for entry in report.entries]


ALL = [(1, 1000, 1000), (2, 500, 1500), (3, 200, 1700), (4, -400, 1300), (5, -100, 1200)]


def test_a_history_shows_every_entry_with_its_running_balance(tangled: Ledger) -> None:
    report = tangled.history("a")
    assert lines(report) == ALL
    assert (report.account_id, report.version, report.omitted) == ("a", 5, 0)
    assert (report.state.owner, report.state.balance_minor, report.state.status) == (
        *("Ana", 1200, "active"),
    )
    assert report.state.transaction_count == 4
    assert [(entry.event_type, entry.description) for entry in report.entries] == [
        ("AccountOpened", ""),
        ("MoneyDeposited", "salary"),
        ("MoneyDeposited", "found"),
        ("TransferSent", "lunch"),
        ("MoneyWithdrawn", "shop"),
    ]
    assert [entry.effective_us for entry in report.entries] == [day(n) for n in (1, 2, 1, 4, 5)]
    assert [entry.recorded_us for entry in report.entries] == [day(n) for n in (1, 2, 3, 4, 5)]
    assert [entry.backdated for entry in report.entries] == [False, False, True, False, False]
    assert [entry.counterparty for entry in report.entries] == [None, None, None, "b", None]
    assert tangled.history("b").entries[1].counterparty == "a"


@pytest.mark.parametrize("limit", range(8))
def test_a_limit_gives_the_last_entries_of_the_whole_history(limit: int, tangled: Ledger) -> None:
    report = tangled.history("a", limit=limit)
    shown = ALL[max(0, len(ALL) - limit) :]
    assert lines(report) == shown
    assert report.omitted == len(ALL) - len(shown)
    assert report.state == tangled.history("a").state


AS_OF_THE_SECOND = [(1, 1000, 1000), (2, 500, 1500), (3, 200, 1700)]


@pytest.mark.parametrize("limit", [None, 0, 1, 2, 3, 9])
def test_as_of_counts_what_had_happened_by_then(limit: int | None, tangled: Ledger) -> None:
    report = tangled.history("a", as_of=day(2), limit=limit)
    kept = AS_OF_THE_SECOND if limit is None else AS_OF_THE_SECOND[max(0, 3 - limit) :]
    assert lines(report) == kept
    assert (report.version, report.omitted, report.as_of_us) == (3, 3 - len(kept), day(2))
    assert lines(tangled.history("a", as_of=day(1), limit=limit)) == (
        [(1, 1000, 1000), (3, 200, 1200)]
        if limit is None
        else [(1, 1000, 1000), (3, 200, 1200)][max(0, 2 - limit) :]
    )


@pytest.mark.parametrize("limit", [None, 1, 9])
def test_known_at_counts_what_had_been_recorded_by_then(limit: int | None, tangled: Ledger) -> None:
    report = tangled.history("a", known_at=day(2), limit=limit)
    kept = ALL[:2] if limit is None else ALL[:2][max(0, 2 - limit) :]
    assert lines(report) == kept
    assert (report.version, report.known_us) == (2, day(2))
    both = tangled.history("a", as_of=day(1), known_at=day(2), limit=limit)
    assert lines(both) == [(1, 1000, 1000)]


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_at_a_version_counts_the_events_up_to_it(
    version: int, limit: int | None, tangled: Ledger
) -> None:
    report = tangled.history("a", at_version=version, limit=limit)
    kept = ALL[:version]
    assert lines(report) == (kept if limit is None else kept[-limit:])
    assert report.state.balance_minor == kept[-1][2]
    assert (
        lines(tangled.history("a", at_version=version, known_at=day(2))) == ALL[: min(2, version)]
    )


def test_the_balance_at_a_point_is_that_of_the_history(tangled: Ledger) -> None:
    report = tangled.balance("a", as_of=day(1), known_at=day(4))
    assert (report.balance.minor_units, report.version) == (1200, 3)
    assert (report.as_of_us, report.known_us) == (day(1), day(4))
    now = tangled.balance("a")
    assert (now.balance.minor_units, now.version, now.as_of_us, now.known_us) == (
        1200,
        5,
        None,
        None,
    )


def test_the_balances_at_a_point_are_those_of_the_accounts_open_then(tangled: Ledger) -> None:
    def at(as_of: int | None = None, known_at: int | None = None) -> list[tuple[str, int]]:
        return [
            (report.account_id, report.balance.minor_units)
            for report in tangled.balances(as_of=as_of, known_at=known_at)
        ]

    assert at(as_of=day(1) - 1) == []
    assert at(as_of=day(2)) == [("a", 1700)]
    assert at(known_at=day(3)) == [("a", 1700), ("b", 0)]
    assert at(as_of=day(4)) == [("a", 1300), ("b", 400)]
    tangled.withdraw("b", "4")
    tangled.close_account("b")
    assert at() == [("a", 1200)]
    assert at(known_at=day(4)) == [("a", 1300), ("b", 400)]
    assert tangled.balance("b").balance.minor_units == 0


@pytest.mark.parametrize("version", [0, -1, 6])
def test_a_version_that_is_not_there_is_refused(version: int, tangled: Ledger) -> None:
    with pytest.raises(InvalidOption, match=f"has no version {version}") as refusal:
        tangled.history("a", at_version=version)
    assert refusal.value.details["last_version"] == 5
    assert refusal.value.advice == "it has versions 1 to 5"


def test_an_account_before_its_opening_is_no_account(tangled: Ledger) -> None:
    with pytest.raises(NoSuchAccount, match=r"as of 2025-12-31T23:59:59Z$"):
        tangled.balance("a", as_of=day(1) - 1)
    with pytest.raises(NoSuchAccount, match=r"as of .* and known at 2025"):
        tangled.history("a", as_of=day(9), known_at=day(1) - 1)


@pytest.mark.parametrize("version", [None, 1])
def test_an_account_that_never_was_is_said_to_be_none(version: int | None, ledger: Ledger) -> None:
    with pytest.raises(NoSuchAccount, match="there is no account 'nobody'"):
        ledger.history("nobody", at_version=version, as_of=day(1))


def test_a_long_history_is_read_only_as_far_back_as_its_limit_needs(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana")
    ledger.batch([b'{"command": "deposit", "account": "a", "amount": "0.01"}'] * 449)
    for limit in (1, 49, 50, 51, 120, 450, 451):
        report = ledger.history("a", limit=limit)
        versions = [entry.version for entry in report.entries]
        assert versions == list(range(max(1, 451 - limit), 451))
        assert [entry.balance_minor for entry in report.entries] == [each - 1 for each in versions]
        assert report.omitted == 450 - len(versions)
