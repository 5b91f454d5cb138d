"""What logs of the older world hold that is odd: what of it loads, and what is refused."""

from __future__ import annotations

from contextlib import closing

import pytest

from ledger import Ledger, LedgerError
from ledger.domain.book_events import TestLedger
from ledger.errors import AccountMismatch, ImportRefused, InvalidAmount, InvalidLine
from ledger.eventstore.opening import open_store
from ledger.eventstore.records import NewEvent, StreamWrite
from tests.support.clock import Clock, utc
from tests.support.older_world import closed, deposited, moved, older, opened, withdrawn

UUID = "6a1f0c52-3b1e-4a0b-9d0e-52c1b7d0a901"
OTHER = "6a1f0c52-3b1e-4a0b-9d0e-52c1b7d0a902"


def store_events(path: str, clock: Clock, stream_id: str, *events: tuple[str, int, str]) -> None:
    """Append events (type, schema version, data) past all rules, their hashes right."""
    new = tuple(NewEvent(kind, version, data, "{}", clock.now) for kind, version, data in events)
    with closing(open_store(path, clock)) as store:
        store.append([StreamWrite(stream_id, "BankAccount", 0, new)])


# ── amounts of which nothing is left ────────────────────────────────────────────────────────────


def test_an_amount_that_rounds_to_nothing_is_kept_as_zero_and_counted(
    path: str, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        report = ledger.import_events(
            [
                opened(balance="0.001"),
                deposited(2, "0.004", 2),
                withdrawn(3, "0.005", 3),
                deposited(4, "10.005", 4),
                deposited(5, "1e-400", 5),
                deposited(6, "2.50", 6),
            ]
        )
        assert (report.events, report.rounded, report.rounded_to_nothing) == (6, 5, 4)
        assert ledger.balance("a").balance.minor_units == 1_250
        entries = ledger.history("a").entries
        assert [entry.amount_minor for entry in entries] == [0, 0, 0, 1_000, 0, 250]
        assert ledger.agreement("a").holds
        ledger.rebuild_projections()
        assert ledger.verify().findings == ()
        assert ledger.accounts()[0].transaction_count == 5
        with Ledger.in_memory(restoring=True) as copy:
            copy.import_events(ledger.export_events())
            assert copy.verify().findings == ()


def test_nothing_is_moved_within_the_life_of_the_account_all_the_same(ledger: Ledger) -> None:
    before = moved(2, "MoneyDeposited", "0.004", "2023-12-31T00:00:00")
    for lines, code in (
        ([opened(), before], "before_opening"),
        ([opened(balance="0"), closed(2, 2), deposited(3, "0.004", 3)], "account_closed"),
        ([deposited(1, "0.004", 2)], "no_such_account"),
    ):
        with pytest.raises(LedgerError, match=rf"^line {len(lines)}: ") as refusal:
            ledger.import_events(lines)
        assert refusal.value.code == code


@pytest.mark.parametrize("zero", ["0", "0.0", "-0.0", "0e5", "-1", "-0.006"])
def test_a_movement_of_zero_or_less_is_still_refused(zero: str, ledger: Ledger) -> None:
    with pytest.raises(InvalidAmount, match=r"^line 2: .*more than zero"):
        ledger.import_events([opened(), deposited(2, zero, 2)])


def test_a_movement_of_zero_is_refused_here_and_found_where_it_is_stored(
    path: str, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        ledger.import_events([opened(), deposited(2, "0.004", 2)])
        with pytest.raises(InvalidAmount):
            ledger.deposit("a", "0")
        with pytest.raises(InvalidAmount):
            ledger.deposit("a", "0.004")
    opening = '{"account_id":"b","currency":"USD","decimals":2,"initial_balance":0}'
    store_events(
        *(path, clock, "b", ("AccountOpened", 5, opening)),
        ("MoneyDeposited", 3, '{"amount":0,"currency":"USD"}'),
        ("MoneyDeposited", 2, '{"amount":0,"currency":"USD"}'),
        ("MoneyDeposited", 1, '{"amount":0.00}'),
        ("MoneyDeposited", 1, '{"amount":0.004}'),
    )
    with Ledger.open(path, clock=clock) as ledger:
        found = ledger.verify().findings
    assert {each.check for each in found if each.account_id == "b"} <= {"rules", "projection"}
    assert [each.position for each in found if each.check == "rules"] == [5, 6, 7]


# ── an opening of another account ───────────────────────────────────────────────────────────────


def test_an_opening_of_another_account_than_its_stream_is_refused(ledger: Ledger) -> None:
    opening = '{"account_id": "bank", "name": "X", "initial_balance": 1.0}'
    line = older("shop", 1, "AccountOpened", opening, "2024-01-01T00:00:00")
    with pytest.raises(AccountMismatch, match=r"^line 2: .*'shop' names another account, 'bank'"):
        ledger.import_events([opened(), line])
    assert ledger.account_ids() == []


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (5, '{"account_id":"bank","currency":"USD","decimals":2,"initial_balance":0}'),
        (1, '{"account_id":"bank","name":"X"}'),
    ],
)
def test_verify_finds_an_opening_of_another_account(
    version: int, data: str, path: str, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        ledger.open_account("a", "Ana")
    store_events(path, clock, "shop", ("AccountOpened", version, data))
    with Ledger.open(path, clock=clock) as ledger:
        (found,) = [each for each in ledger.verify().findings if each.check == "rules"]
    assert (found.position, found.account_id, found.found) == (3, "shop", "account_mismatch")
    assert "'bank'" in found.message


def test_verify_finds_an_amended_opening_of_another_account(path: str, clock: Clock) -> None:
    opening = '{"account_id":"shop","currency":"USD","decimals":2,"initial_balance":0}'
    terms = '"currency":"USD","decimals":2,"initial_balance":0'
    amended = f'{{"account_id":"bank",{terms},"opened_at":{clock.now}}}'
    Ledger.open(path, clock=clock).close()
    store_events(path, clock, "shop", ("AccountOpened", 5, opening), ("OpeningAmended", 1, amended))
    with Ledger.open(path, clock=clock) as ledger:
        (found,) = [each for each in ledger.verify().findings if each.check == "rules"]
    assert (found.position, found.found) == (3, "account_mismatch")


# ── an event that is there twice ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "again", [UUID, UUID.upper(), UUID.replace("-", "")], ids=["same", "upper", "bare"]
)
def test_two_events_of_one_id_are_refused_with_both_lines(again: str, ledger: Ledger) -> None:
    lines = [opened(event_id=UUID), b"", deposited(2, "1", 2), deposited(3, "1", 3, event_id=again)]
    with pytest.raises(ImportRefused, match=r"^line 4: the event_id .* is already on line 1$") as (
        refusal
    ):
        ledger.import_events(lines)
    assert (refusal.value.details["line"], refusal.value.details["earlier_line"]) == (4, 1)
    assert ledger.account_ids() == []


@pytest.mark.parametrize("event_id", [UUID, "no UUID", "", "é" * 36, "\ud83d\ude00"])
def test_what_was_imported_before_is_refused_with_its_position(
    event_id: str, ledger: Ledger
) -> None:
    ledger.import_events([opened(), deposited(2, "1", 2, event_id=event_id)])
    ledger.deposit("a", "5")
    before = list(ledger.events(raw=True))
    with pytest.raises(ImportRefused, match=r"^line 2: .* was imported before: .* 3 ") as refusal:
        ledger.import_events([opened("b"), deposited(2, "1", 2, account="b", event_id=event_id)])
    assert (refusal.value.details["line"], refusal.value.details["position"]) == (2, 3)
    assert list(ledger.events(raw=True)) == before


def test_ids_of_other_events_are_no_hindrance(ledger: Ledger) -> None:
    ledger.import_events([opened(event_id=UUID)])
    ledger.import_events([deposited(2, "1", 2, event_id=OTHER)])
    assert ledger.balance("a").version == 2


def test_an_export_goes_round_with_the_ids_it_has(ledger: Ledger) -> None:
    ledger.import_events([opened(event_id=UUID), deposited(2, "1", 2, event_id=OTHER)])
    with Ledger.in_memory(restoring=True) as copy:
        copy.import_events(ledger.export_events())
        with pytest.raises(ImportRefused, match=r"^line 1: .* position 2 "):
            copy.import_events([opened("b", event_id=UUID)])


# ── what cannot come from there ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("account", ["$book", "$", "$a"])
def test_no_account_is_called_like_something_of_the_ledger(account: str, ledger: Ledger) -> None:
    with pytest.raises(InvalidLine, match=r"^line 1: .*begins with \$"):
        ledger.import_events([opened(account)])


NEWER = [
    ("AccountOpened", 5, '{"account_id":"a","currency":"USD","decimals":2,"initial_balance":1}'),
    ("MoneyDeposited", 3, '{"amount":1,"currency":"USD","description":"x"}'),
    ("MoneyWithdrawn", 3, '{"amount":1,"currency":"USD"}'),
    ("TransferSent", 2, '{"transfer_id":"t","to_account":"b","amount":1,"currency":"USD"}'),
    ("AccountClosed", 2, "{}"),
    ("EntryReversed", 1, '{"reverses":1,"amount":1000000,"currency":"USD"}'),
    ("AccountAmended", 1, '{"overdraft_limit":1000000}'),
    ("AccountReopened", 1, "{}"),
    ("PersonalDataErased", 1, "{}"),
    ("BalanceConfirmed", 1, '{"balance":1,"currency":"USD","until":1}'),
]


@pytest.mark.parametrize(("event_type", "version", "data"), NEWER)
def test_an_event_that_the_older_world_did_not_know_is_refused(
    event_type: str, version: int, data: str, ledger: Ledger
) -> None:
    line = older("a", 2, event_type, data, "2024-01-02T00:00:00", schema_version=version)
    with pytest.raises(InvalidLine, match=rf"^line 2: .*no schema version {version} in the older"):
        ledger.import_events([opened(), line])


# ── times ───────────────────────────────────────────────────────────────────────────────────────


def test_events_keep_their_order_within_a_microsecond(ledger: Ledger) -> None:
    stamps = [
        "2024-01-02T10:00:00.1234561",
        "2024-01-02T10:00:00.123456789",
        "2024-01-02T12:00:00.123457+02:00",
    ]
    ledger.import_events(
        [
            opened(),
            *(moved(2 + place, "MoneyDeposited", "1", at) for place, at in enumerate(stamps)),
        ]
    )
    *_, first, second, third = ledger.events(raw=True)
    assert [event.effective_at for event in (first, second, third)] == [
        utc("2024-01-02T10:00:00.123456"),
        utc("2024-01-02T10:00:00.123456"),
        utc("2024-01-02T10:00:00.123457"),
    ]
    assert not any(event.backdated for event in (first, second, third))
    assert f'"timestamp":"{stamps[1]}"' in second.metadata


def test_no_decimals_take_an_event_into_the_next_day_or_the_future(
    ledger: Ledger, clock: Clock
) -> None:
    clock.to("2026-03-02T23:59:59.999999")
    late = moved(2, "MoneyDeposited", "1", "2026-03-02T23:59:59.99999999")
    ledger.import_events([opened(), late])
    assert ledger.balance("a", as_of="2026-03-02T23:59:59.999999Z").balance.minor_units == 10_100


# ── test ledgers ────────────────────────────────────────────────────────────────────────────────


def test_an_import_into_a_test_ledger_gives_the_same_head_every_time() -> None:
    lines = [opened(), deposited(2, "0.004", 3), withdrawn(3, "1", 2), opened("b")]

    def head(seed: str) -> tuple[str, list[int]]:
        test = TestLedger("2026-01-01T09:00:00Z+1s", seed)
        with Ledger.in_memory(test=test) as ledger:
            ledger.import_events(lines)
            ledger.deposit("b", "1", "afterwards")
            return ledger.head().short, [event.recorded_at for event in ledger.events(raw=True)]

    first, times = head("7")
    assert head("7") == (first, times)
    assert head("8") != (first, times)
    start = utc("2026-01-01T09:00:00")
    assert times == [start + position * 1_000_000 for position in range(1, 7)]


def test_what_comes_after_a_test_ledgers_clock_is_the_future() -> None:
    test = TestLedger("2024-01-01T08:00:00Z+1s", "7")
    with Ledger.in_memory(test=test) as ledger:
        ledger.import_events([opened(timestamp="2024-01-01T08:00:02")])
        with pytest.raises(LedgerError, match=r"^line 1: .*in the future"):
            ledger.import_events([deposited(2, "1", 1)])
