"""Logs of the older world, as `import_events` takes them in."""

from __future__ import annotations

import json

import pytest

from ledger import Ledger, LedgerError
from ledger.errors import ClockBehind, ImportRefused, InsufficientFunds, InvalidLine
from ledger.eventstore.appending import follow_chain
from ledger.eventstore.records import RecordedEvent
from tests.support.clock import SECOND, Clock, utc
from tests.support.older_world import closed, deposited, moved, older, opened, withdrawn
from tests.support.program import SAMPLE_DATA


def balances(ledger: Ledger) -> dict[str, str]:
    return {report.account_id: str(report.balance) for report in ledger.balances()}


def imported(ledger: Ledger) -> list[RecordedEvent]:
    """All events but the book's own."""
    return list(ledger.events(raw=True, from_position=2))


def whole(ledger: Ledger) -> object:
    return (
        list(ledger.export_events()),
        ledger.accounts(),
        ledger.balances(),
        ledger.projections(),
        ledger.snapshots(),
    )


def test_an_older_log_comes_in_with_its_balances(ledger: Ledger) -> None:
    report = ledger.import_events(
        [
            opened("a", "100.0"),
            opened("b", "0"),
            deposited(2, "50.5", 3),
            withdrawn(3, "20", 4),
            deposited(2, "1e1", 5, account="b"),
        ]
    )
    assert (report.source, report.events, report.accounts, report.rounded) == (
        *("older-world", 5, 2, 0),
    )
    assert balances(ledger) == {"a": "130.50 USD", "b": "10.00 USD"}
    assert (report.head_position, report.head_hash) == (6, ledger.head().hash.hex())
    assert len(list(follow_chain(ledger.ledger_id, ledger.events(raw=True)))) == 6
    assert ledger.agreement("a").holds


def test_its_data_is_stored_byte_for_byte_under_its_own_schema_version(ledger: Ledger) -> None:
    line = older(
        "a",
        1,
        "AccountOpened",
        '{ "name":"Olga \\u2602",  "initial_balance": 1.50,"account_id":"a" }',
        "2024-01-01T08:00:00",
    )
    ledger.import_events([line])
    (event,) = imported(ledger)
    assert event.data == '{ "name":"Olga \\u2602",  "initial_balance": 1.50,"account_id":"a" }'
    assert event.schema_version == 1
    (row,) = ledger.accounts()
    assert (row.owner, row.balance_minor, row.currency) == ("Olga ☂", 150, "USD")


def test_a_schema_version_that_it_says_is_kept(ledger: Ledger) -> None:
    data = '{"account_id": "a", "owner": "Olga", "currency": "JPY", "initial_balance": 7}'
    line = older("a", 1, "AccountOpened", data, "2024-01-01T08:00:00", schema_version=3)
    ledger.import_events([line])
    (event,) = imported(ledger)
    assert event.schema_version == 3
    assert balances(ledger) == {"a": "7 JPY"}


def test_what_else_it_says_is_kept_in_the_metadata(ledger: Ledger) -> None:
    line = opened(metadata={"user": "teller-2", "ip": None}, shard=7, tags=["x", {"y": 1.50}])
    ledger.import_events([line])
    (event,) = imported(ledger)
    metadata = json.loads(event.metadata)
    assert metadata["imported"] == {
        "event_id": "a-1",
        "metadata": {"user": "teller-2", "ip": None},
        "timestamp": "2024-01-01T08:00:00",
        "shard": 7,
        "tags": ["x", {"y": 1.50}],
    }
    assert metadata["command"] == "import-events"
    assert metadata["actor"]


def test_its_timestamp_is_the_effective_time_and_it_is_recorded_now(
    ledger: Ledger, clock: Clock
) -> None:
    ledger.import_events([opened(), deposited(2, "1", 9), deposited(3, "1", 5)])
    assert [(event.effective_at, event.backdated) for event in imported(ledger)] == [
        (utc("2024-01-01T08:00"), False),
        (utc("2024-01-09T09:00"), False),
        (utc("2024-01-05T09:00"), True),
    ]
    assert {event.recorded_at for event in ledger.events(raw=True)} == {clock.now}
    before = ledger.balance("a", as_of="2024-01-06T00:00Z")
    assert (before.balance.minor_units, before.version) == (10100, 3)


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.30000000000000004", 30),
        ("0.125", 12),
        ("0.135", 14),
        ("2.675", 268),
        ("1e-1", 10),
        ("0.005000000000000000000000000001", 1),
        ("90071992547409.93", 9007199254740993),
    ],
)
def test_amounts_are_read_from_their_text_and_rounded_half_even(
    amount: str, cents: int, ledger: Ledger
) -> None:
    ledger.import_events([opened(balance="0"), deposited(2, amount, 2)])
    assert ledger.balance("a").balance.minor_units == cents


def test_the_report_counts_the_amounts_that_were_rounded(ledger: Ledger) -> None:
    report = ledger.import_events(
        [
            opened(balance="0.125"),
            deposited(2, "0.30000000000000004", 2),
            deposited(3, "0.30", 3),
            deposited(4, "0.300", 4),
            withdrawn(5, "0.001e1", 5),
        ]
    )
    assert (report.rounded, report.rounded_to_nothing) == (2, 0)


@pytest.mark.parametrize(
    ("lines", "line", "code", "complaint"),
    [
        ([opened(), b"{"], 2, "invalid_line", "not a JSON object"),
        ([opened(), b"[1]"], 2, "invalid_line", "not a JSON object"),
        ([opened(), b'{"a":' + b"[" * 100_000], 2, "invalid_line", "nested too deeply"),
        ([b'{"a":' + b"[" * 100_000], 1, "invalid_line", "nested too deeply"),
        ([b'{"a": 1}'], 1, "invalid_line", "the field 'aggregate_id' is missing"),
        ([opened(aggregate_type="Loan")], 1, "invalid_line", "'Loan' is not BankAccount"),
        (
            [opened().replace(b'"version": 1', b'"version": "1"')],
            1,
            "invalid_line",
            "'version' is not right",
        ),
        ([opened(schema_version=5)], 1, "invalid_line", "has no schema version 5"),
        ([opened(schema_version=0)], 1, "invalid_line", "has no schema version 0"),
        (
            [opened(), moved(2, "MoneyStolen", "1", "2024-01-02T00:00:00")],
            2,
            "invalid_line",
            "Stolen",
        ),
        ([opened(balance='"100"')], 1, "invalid_line", "is not a decimal number"),
        ([opened(balance="true")], 1, "invalid_line", "is not a decimal number"),
        ([opened(balance="-1")], 1, "invalid_amount", "cannot be opened with"),
        ([opened(balance="1e17")], 1, "invalid_amount", "cannot be opened with"),
        ([opened(timestamp="soon")], 1, "invalid_time", "'soon' is not a date or time"),
        ([opened(timestamp="2026-03-01T12:00:00.000001")], 1, "invalid_time", "in the future"),
        ([opened(), opened("b"), deposited(3, "1", 2)], 3, "import_refused", "has version 1"),
        ([opened(), deposited(1, "1", 2, event_id="a-2")], 2, "import_refused", "does not follow"),
        ([deposited(1, "1", 2)], 1, "no_such_account", "no account 'a'"),
        ([deposited(2, "1", 2)], 1, "import_refused", "has no events yet"),
        ([opened(), deposited(2, "-1", 2)], 2, "invalid_amount", "more than zero"),
        ([opened(), deposited(2, "0", 2)], 2, "invalid_amount", "more than zero"),
        ([opened(), withdrawn(2, "100.01", 2)], 2, "insufficient_funds", "100.01 was asked for"),
        (
            [opened(), moved(2, "MoneyDeposited", "1", "2023-12-31T00:00:00")],
            2,
            "before_opening",
            "",
        ),
        (
            [opened(), closed(2, 2, '{"reason": ""}')],
            *(2, "balance_not_zero", "still holds 100.00"),
        ),
        (
            [
                opened(balance="0"),
                closed(2, 2),
                deposited(3, "1", 3),
            ],
            *(3, "account_closed", "was closed"),
        ),
        ([opened(), opened(aggregate_id="\x1b[2J")], 2, "invalid_line", "cannot be an account id"),
    ],
)
def test_a_line_that_cannot_be_is_named_and_nothing_is_written(
    lines: list[bytes], line: int, code: str, complaint: str, ledger: Ledger
) -> None:
    ledger.open_account("z", "Zoë")
    before = whole(ledger)
    with pytest.raises(LedgerError, match=rf"^line {line}: .*{complaint}") as refusal:
        ledger.import_events(lines)
    assert (refusal.value.code, refusal.value.details["line"]) == (code, line)
    assert whole(ledger) == before


def test_an_overdraft_between_two_dates_is_found_too(ledger: Ledger) -> None:
    """In the end there is enough, but not on the fifth, when it was taken."""
    lines = [
        opened(),
        withdrawn(2, "80", 10),
        deposited(3, "500", 20),
        withdrawn(4, "30", 5),
    ]
    with pytest.raises(InsufficientFunds, match=r"^line 4: ") as refusal:
        ledger.import_events(lines)
    assert refusal.value.details["at"] == "2024-01-10T09:00:00.000000Z"
    ledger.import_events([*lines[:3], withdrawn(4, "20", 5)])
    assert balances(ledger) == {"a": "500.00 USD"}


def test_blank_lines_count_when_a_line_is_named(ledger: Ledger) -> None:
    with pytest.raises(InvalidLine, match=r"^line 4: "):
        ledger.import_events([b"\xef\xbb\xbf" + opened() + b"\r\n", b"", b"\n", b"x"])


def test_a_second_import_is_refused(ledger: Ledger) -> None:
    lines = [opened(), deposited(2, "1", 2)]
    ledger.import_events(lines)
    before = whole(ledger)
    with pytest.raises(ImportRefused, match=r"^line 1: .*has version 2"):
        ledger.import_events(lines)
    assert whole(ledger) == before


def test_a_log_may_come_in_parts(ledger: Ledger) -> None:
    ledger.import_events([opened(), deposited(2, "1", 2)])
    ledger.import_events([deposited(3, "1", 3), opened("b")])
    assert balances(ledger) == {"a": "102.00 USD", "b": "100.00 USD"}


def test_it_is_added_to_a_ledger_with_other_accounts(ledger: Ledger) -> None:
    ledger.open_account("z", "Zoë", initial_balance="5")
    ledger.import_events([opened(), withdrawn(2, "1", 2)])
    ledger.transfer("a", "z", "10")
    assert balances(ledger) == {"a": "89.00 USD", "z": "15.00 USD"}
    assert [event.stream_id for event in imported(ledger)] == ["z", "a", "a", "a", "z"]


def test_an_account_of_the_ledger_is_not_gone_on_with_by_accident(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana")
    with pytest.raises(ImportRefused, match="has version 1"):
        ledger.import_events([opened()])


def test_an_import_is_recorded_no_earlier_than_the_log_before_it(
    ledger: Ledger, clock: Clock
) -> None:
    ledger.open_account("z", "Zoë")
    last = clock.now
    clock.now -= 4 * 60 * SECOND
    ledger.import_events([opened()])
    assert [event.recorded_at for event in imported(ledger)] == [last, last]


def test_a_clock_far_behind_the_log_is_no_matter_of_a_line(ledger: Ledger, clock: Clock) -> None:
    ledger.open_account("z", "Zoë")
    clock.now -= 6 * 60 * SECOND
    with pytest.raises(ClockBehind) as refusal:
        ledger.import_events([opened()])
    assert "line" not in refusal.value.details
    assert ledger.account_ids() == ["z"]


def test_imported_streams_of_some_length_get_a_snapshot(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, snapshot_interval=3) as ledger:
        ledger.open_account("z", "Zoë")
        ledger.import_events([opened(), deposited(2, "1", 2), deposited(3, "1", 3), opened("b")])
        assert [(each.account_id, each.version) for each in ledger.snapshots()] == [("a", 3)]
        assert ledger.agreement("a").holds


def test_only_the_imported_streams_get_a_snapshot(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, snapshot_interval=0) as ledger:
        ledger.open_account("z", "Zoë")
        ledger.deposit("z", "1")
    with Ledger.open(path, clock=clock, snapshot_interval=2) as ledger:
        ledger.import_events([opened(), deposited(2, "1", 2)])
        assert [each.account_id for each in ledger.snapshots()] == ["a"]


def test_subscribers_hear_of_it(ledger: Ledger) -> None:
    ledger.open_account("z", "Zoë")
    heard: list[RecordedEvent] = []
    ledger.subscribe(heard.append, raw=True)
    ledger.import_events([opened(), deposited(2, "1", 2)])
    assert heard == list(ledger.events(raw=True, from_position=3))
    assert len(heard) == 2


def test_projections_that_lagged_before_are_brought_up(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, defer_projections=True) as ledger:
        ledger.open_account("z", "Zoë")
    with Ledger.open(path, clock=clock) as ledger:
        ledger.import_events([opened()])
        assert [view.lag for view in ledger.projections()] == [0, 0]
        assert balances(ledger) == {"a": "100.00 USD", "z": "0.00 USD"}


def test_an_import_may_be_part_of_a_larger_transaction_of_the_store(
    books: Ledger, clock: Clock
) -> None:
    """A batch that imports along the way is one with it, and undone with it."""

    def import_too(*_: object) -> None:
        books.import_events([opened()])

    line = b'{"command": "open", "account": "z", "owner": "Zo"}'
    with pytest.raises(InvalidLine, match=r"^line 2: "):
        books.batch([line, b"{"], import_too)
    assert books.account_ids() == []
    books.batch([line], import_too)
    assert balances(books) == {"a": "100.00 USD", "z": "0.00 USD"}


def test_the_accounts_of_an_import_are_not_remembered_after_it(
    books: Ledger, path: str, clock: Clock
) -> None:
    books.import_events([opened()])
    with Ledger.open(path, clock=lambda: clock.now) as rival:
        rival.withdraw("a", "60")
    with pytest.raises(InsufficientFunds) as refusal:
        books.withdraw("a", "60")
    assert refusal.value.details["balance"] == "40.00"


def test_the_sample_of_an_older_log_comes_in(ledger: Ledger) -> None:
    sample = SAMPLE_DATA / "older_world.jsonl"
    lines = sample.read_bytes().splitlines()
    report = ledger.import_events(lines)
    assert report.events == len(lines)
    assert all(ledger.agreement(account).holds for account in ledger.account_ids())
